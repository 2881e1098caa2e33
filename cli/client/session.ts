import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keepFile } from './kept-file.ts';

/**
 * Whom the commands act as, of a data folder. Only who: a token is asked for by each command and
 * kept nowhere.
 */
const FILE = 'session.json';

/**
 * Remembers a person for a data folder, in a file that its owner alone can read. @throws
 * `session.folder` (refuse).
 */
export function rememberPerson(folder: string, person: string): void {
  keepFile(folder, join(folder, FILE), { v: 'session/1', person });
}

/** Who was signed in last; undefined when nobody was, or the file is not ours. */
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
