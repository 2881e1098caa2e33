import { renameSync, writeFileSync } from 'node:fs';
import { InvalidInputError } from '#shared/kernel/index.ts';

/**
 * Writes a small file to a data folder. Only its owner can read the file.
 *
 * @throws `session.folder` (refuse): the folder is not writable.
 */
export function writePrivateFile(folder: string, path: string, value: object): void {
  const next = `${path}.${process.pid}.next`;
  try {
    writeFileSync(next, `${JSON.stringify(value)}\n`, { mode: 0o600 });
    renameSync(next, path); // atomic, and does not keep the mode of an existing file
  } catch (cause) {
    const { code = 'unknown error' } = cause as { code?: string };

    throw new InvalidInputError(
      'session.folder',
      `cannot write to the data folder ${folder} (${code})`,
      { folder, code },
      { cause },
    );
  }
}
