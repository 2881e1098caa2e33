import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where the platform of a data folder answers while it runs, so that commands on the folder need
 * not be told.
 */
const FILE = 'address';

export function writeAddress(folder: string, url: string): void {
  writeFileSync(join(folder, FILE), `${url}\n`, { mode: 0o600 });
}

export function removeAddress(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
}

/**
 * The address of the platform that runs on a folder, or did until it was killed; undefined when
 * none does.
 */
export function readAddress(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, FILE), 'utf8').trim();
  } catch {
    return undefined;
  }
}
