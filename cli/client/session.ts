import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from './private-file.ts';

/**
 * File in a data folder with the signed-in sample person. It does not contain a token: each command
 * obtains its own token and never stores it.
 */
const FILE = 'session.json';

/**
 * Stores the signed-in person of a data folder in a file that only its owner can read.
 *
 * @throws `session.folder` (refuse): the folder is not writable.
 */
export function rememberPerson(folder: string, person: string): void {
  writePrivateFile(folder, join(folder, FILE), { v: 'session/1', person });
}

/** Returns the person who signed in last. Undefined if the file is missing or unreadable. */
export function rememberedPerson(folder: string): string | undefined {
  try {
    const { v, person } = JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as {
      v?: unknown;
      person?: unknown;
    };
    return v === 'session/1' && typeof person === 'string' ? person : undefined;
  } catch {
    return undefined;
  }
}
