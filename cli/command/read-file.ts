import { readFileSync, statSync } from 'node:fs';
import { InvalidInputError } from '#shared/kernel/index.ts';

/** Maximum size of a file that is read into memory. Callers apply smaller limits. */
const FILE_MAX_BYTES = 64 * 1_024 * 1_024;

/**
 * Reads a file named on the command line.
 *
 * @throws `file.unreadable` (refuse): the path does not exist or is not a file, or the file is
 *   larger than 64 MiB or not readable by this user.
 */
export function readFile(path: string): Buffer {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw Object.assign(new Error('no file'), { code: 'not a file' });
    if (stat.size > FILE_MAX_BYTES) {
      throw Object.assign(new Error('too large'), {
        code: `${stat.size} bytes; at most ${FILE_MAX_BYTES} are allowed`,
      });
    }

    return readFileSync(path);
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown error';
    throw new InvalidInputError('file.unreadable', `the file ${path} cannot be read (${code})`, {
      path,
      code,
    });
  }
}
