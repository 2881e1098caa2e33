import { readFileSync, statSync } from 'node:fs';
import { InvalidInputError } from '#shared/kernel/index.ts';

/**
 * Read whole, then refused by whoever takes it with a smaller limit of their own; beyond this it is
 * not even read.
 */
const FILE_MAX_BYTES = 64 * 1_024 * 1_024;

/**
 * The bytes of a file that somebody named. @throws `file.unreadable` (refuse): it is not there, no
 * file, too large, or not ours to read.
 */
export function readFile(path: string): Buffer {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw Object.assign(new Error('no file'), { code: 'not a file' });
    if (stat.size > FILE_MAX_BYTES) {
      throw Object.assign(new Error('too large'), {
        code: `${stat.size} bytes, allowed are ${FILE_MAX_BYTES}`,
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
