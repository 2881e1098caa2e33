import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Flow } from '#shared/automation/index.ts';

/** File in a data folder with the last definition of each version of each automation. */
const FILE = 'definitions.json';

const fileSchema = z.strictObject({
  v: z.literal('definitions/1'),
  /** Hashes of definitions, by automation and version. */
  definitions: z.record(z.string(), z.record(z.string(), z.string())),
});

/**
 * Records the current definitions in the data folder.
 *
 * @returns a warning for each automation whose definition has changed since the last start but
 *   whose version has not.
 */
export function recordDefinitions(
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
      `${name} has changed but still has version ${version}. Runs are pinned to the definition they started with, ` +
      'so the ones in progress here are parked. Increase `version` before other people use it.',
  );
}

/**
 * Reads the file. A missing or damaged file counts as empty, because it is used only for warnings.
 */
function read(folder: string): z.output<typeof fileSchema>['definitions'] {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(join(folder, FILE), 'utf8'))).definitions;
  } catch {
    return {};
  }
}
