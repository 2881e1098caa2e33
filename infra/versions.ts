import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Flow } from '#shared/automation/index.ts';
import { InvalidInputError } from '#shared/kernel/index.ts';
import { reportErrors } from './config/report-errors.ts';
import { automationNames, loadFlow } from './declarations/folders.ts';

const ROOT = join(import.meta.dirname, '..');

type Versioned = Pick<Flow, 'name' | 'version' | 'definition'>;

/** Returns the recorded definition hashes of an automation, by version. */
export function recordedVersions(
  automation: string,
  root = ROOT,
): Readonly<Record<string, string>> {
  const path = pathOf(automation, root);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>) : {};
}

/**
 * Records the version of a flow. A recorded version never changes, because runs are pinned to it.
 *
 * @returns a sentence that reports the result.
 */
export function recordVersion(flow: Versioned, root = ROOT): string {
  const recorded = recordedVersions(flow.name, root);
  if (recorded[flow.version] === flow.definition)
    return `${flow.name}: version ${flow.version} is recorded`;
  if (isChanged(flow, root))
    return `${flow.name}: version ${flow.version} was recorded with another definition; count \`version\` up, then record it`;

  writeFileSync(
    pathOf(flow.name, root),
    `${JSON.stringify({ ...recorded, [flow.version]: flow.definition }, undefined, 2)}\n`,
  );

  return `${flow.name}: version ${flow.version} is recorded now`;
}

/**
 * Records the versions of several flows, and writes a line about each flow.
 *
 * @returns the exit code: 1 if a version was refused.
 */
export function recordVersions(
  flows: readonly Versioned[],
  write: (line: string) => void,
  root = ROOT,
): number {
  const refused = flows.filter((flow) => isChanged(flow, root));
  for (const flow of flows) write(recordVersion(flow, root));
  return refused.length === 0 ? 0 : 1;
}

/**
 * Refuses automations whose definition differs from the one recorded for their version. A version
 * without a record is still in development.
 *
 * @throws `automation.changed` (refuse): names these automations.
 */
export function assertUnchanged(flows: Iterable<Versioned>, root = ROOT): void {
  const changed = [...flows].filter((flow) => isChanged(flow, root));
  const [first] = changed;
  if (first === undefined) return;

  throw new InvalidInputError(
    'automation.changed',
    `the definition of ${changed.map(({ name, version }) => `${name}, version ${version},`).join(' and of ')} is not the one that was recorded: ` +
      `runs are pinned to their version, so a changed definition needs a new one. Count \`version\` up in the declaration ` +
      `under functions/automations/${first.name}; npm run versions records it`,
    { automation: first.name, version: first.version },
  );
}

function isChanged({ name, version, definition }: Versioned, root: string): boolean {
  const known = recordedVersions(name, root)[version];
  return known !== undefined && known !== definition;
}

function pathOf(automation: string, root: string): string {
  return join(root, 'functions/automations', automation, 'versions.json');
}

if (import.meta.main)
  await reportErrors(async () => {
    const flows = await Promise.all(automationNames().map(loadFlow));
    process.exitCode = recordVersions(flows, console.log);
  });
