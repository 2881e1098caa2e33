import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidInputError } from '#shared/kernel/index.ts';

/** Whom the commands act as, of a data folder. Only who: a token is asked for by each command and kept nowhere. */
const FILE = 'session.json';

/** Remembers a person for a data folder, in a file that its owner alone can read. @throws `session.folder` (refuse). */
export function rememberPerson(folder: string, person: string): void {
  const path = join(folder, FILE);
  try {
    writeFileSync(`${path}.next`, `${JSON.stringify({ v: 'session/1', person })}\n`, { mode: 0o600 });
    renameSync(`${path}.next`, path); // whole or not at all, and never with the mode of a file that was there
  } catch (cause) {
    const { code = 'unknown error' } = cause as { code?: string };
    throw new InvalidInputError('session.folder', `the session cannot be kept in ${folder} (${code})`, { folder, code }, { cause });
  }
}

/** Who was signed in last; undefined when nobody was, or the file is not ours. */
export function rememberedPerson(folder: string): string | undefined {
  try {
    const { v, person } = JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as { v?: unknown; person?: unknown };
    return v === 'session/1' && typeof person === 'string' ? person : undefined;
  } catch {
    return undefined;
  }
}
