import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * File in a data folder with the address of the running platform, for commands that use the folder.
 */
const FILE = 'address';

export function writeAddress(folder: string, url: string): void {
  writeFileSync(join(folder, FILE), `${url}\n`, { mode: 0o600 });
}

export function removeAddress(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
}

/**
 * Returns the stored address of the platform that uses a folder, or undefined if none is stored.
 * The address may be out of date: a platform that is killed does not remove it.
 */
export function readAddress(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, FILE), 'utf8').trim();
  } catch {
    return undefined;
  }
}
