import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Flow } from '#shared/automation/index.ts';
import { automationNames, loadFlow } from './folders.ts';

const ROOT = join(import.meta.dirname, '..');

/** The definition hash of every version of an automation that was recorded, by version. */
export function recordedVersions(automation: string, root = ROOT): Readonly<Record<string, string>> {
  const path = pathOf(automation, root);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>) : {};
}

/**
 * Records the version of a flow beside those before it. What was recorded is never changed: runs are pinned to it.
 *
 * @returns a sentence that says what was done, or why nothing was.
 */
export function recordVersion(flow: Pick<Flow, 'name' | 'version' | 'definition'>, root = ROOT): string {
  const recorded = recordedVersions(flow.name, root);
  const known = recorded[flow.version];
  if (known === flow.definition) return `${flow.name}: version ${flow.version} is recorded`;
  if (known !== undefined)
    return `${flow.name}: version ${flow.version} was recorded with another definition; count \`version\` up, then record it`;
  writeFileSync(pathOf(flow.name, root), `${JSON.stringify({ ...recorded, [flow.version]: flow.definition }, undefined, 2)}\n`);
  return `${flow.name}: version ${flow.version} is recorded now`;
}

function pathOf(automation: string, root: string): string {
  return join(root, 'functions/automations', automation, 'versions.json');
}

if (import.meta.main) for (const name of automationNames()) console.log(recordVersion(await loadFlow(name)));
