import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Flow } from '#shared/automation/index.ts';

/** Which definition each version of an automation last had on a data folder. */
const FILE = 'definitions.json';

const form = z.strictObject({
  v: z.literal('definitions/1'),
  /** Hash of the definition, by automation and version. */
  definitions: z.record(z.string(), z.record(z.string(), z.string())),
});

/**
 * Notes which definitions run on a data folder from now on.
 *
 * @returns a sentence about each automation whose definition changed since the last start and
 *   whose version did not.
 */
export function keepDefinitions(
  folder: string,
  flows: readonly Pick<Flow, 'name' | 'version' | 'definition'>[],
): string[] {
  const before = read(folder);
  const changed = flows.filter(
    ({ name, version, definition }) => (before[name]?.[version] ?? definition) !== definition,
  );
  const definitions = { ...before };

  for (const { name, version, definition } of flows)
    definitions[name] = { ...before[name], [version]: definition };

  writeFileSync(
    join(folder, FILE),
    `${JSON.stringify({ v: 'definitions/1', definitions }, undefined, 2)}\n`,
    { mode: 0o600 },
  );

  return changed.map(
    ({ name, version }) =>
      `${name} was changed and is still version ${version}. Runs are pinned to the definition they were started with: ` +
      'those under way here are set aside. Count `version` up before others use it.',
  );
}

/** A file that is missing or damaged is made again: it warns, and nothing relies on it. */
function read(folder: string): z.output<typeof form>['definitions'] {
  try {
    return form.parse(JSON.parse(readFileSync(join(folder, FILE), 'utf8'))).definitions;
  } catch {
    return {};
  }
}
