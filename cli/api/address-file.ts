import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** File of a data folder with the platform's address while it runs, for commands on the folder. */
const FILE = 'address';

export function writeAddress(folder: string, url: string): void {
  writeFileSync(join(folder, FILE), `${url}\n`, { mode: 0o600 });
}

export function removeAddress(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
}

/**
 * Returns the address of the platform on a folder, or undefined if there is none. A platform that
 * was killed leaves its address behind.
 */
export function readAddress(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, FILE), 'utf8').trim();
  } catch {
    return undefined;
  }
}
