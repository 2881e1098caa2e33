import { existsSync, linkSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { base32, InvalidInputError, type Random } from '#shared/kernel/index.ts';

const BYTES = 20;
const CODE = /^[0-9a-hjkmnp-tv-z]{32}$/;

/** Returns the path of the sign-in code in a data folder. */
export const signInCodePath = (folder: string) => join(folder, 'sign-in.code');

/**
 * Returns the code that proves read access to the data folder. The code is 160 random bits in base
 * 32. It is created at the first start and stored in a file that only its owner can read.
 *
 * @param folder - Existing data folder.
 * @throws `sign-in.file` (refuse): others can read the file, or its content is not a code.
 */
export function signInCode(folder: string, random: Random): string {
  const path = signInCodePath(folder);

  if (!existsSync(path)) create(path, random);

  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0)
    throw new InvalidInputError(
      'sign-in.file',
      `${path} has mode ${mode.toString(8)}; allowed is 600: only its owner may read it`,
      {
        path,
      },
    );

  const code = readFileSync(path, 'utf8').trim();
  if (CODE.test(code)) return code;

  throw new InvalidInputError(
    'sign-in.file',
    `${path} holds no sign-in code; remove it, and the next start makes a new one`,
    { path },
  );
}

/** Writes the file atomically, and never overwrites an existing file. */
function create(path: string, random: Random): void {
  const next = `${path}.${process.pid}.next`;
  writeFileSync(next, `${base32(random.bytes(BYTES))}\n`, { mode: 0o600, flush: true });

  try {
    linkSync(next, path);
  } catch (error) {
    // another process that started on the folder has created the file
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(next);
  }
}
