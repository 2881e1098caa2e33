import { renameSync, writeFileSync } from 'node:fs';
import { InvalidInputError } from '#shared/kernel/index.ts';

/**
 * Writes a small file of a data folder that its owner alone can read. @throws `session.folder`
 * (refuse).
 */
export function keepFile(folder: string, path: string, value: object): void {
  const next = `${path}.${process.pid}.next`;
  try {
    writeFileSync(next, `${JSON.stringify(value)}\n`, { mode: 0o600 });
    renameSync(next, path); // whole or not at all, and never with the mode of a file that was there
  } catch (cause) {
    const { code = 'unknown error' } = cause as { code?: string };

    throw new InvalidInputError(
      'session.folder',
      `nothing can be kept in the data folder ${folder} (${code})`,
      { folder, code },
      { cause },
    );
  }
}
