import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of a function's bundle: what it does, and its adapters for AWS, which are loaded only there. */
export const BUNDLE_FILES = ['aws.mjs', 'index.mjs'] as const;

/**
 * The hash of a bundle, which entries carry: SHA-256 (hex) of the list of its files as `sha256sum aws.mjs index.mjs` prints it. A
 * file that is not there is not in the list.
 */
export function bundleHash(folder: string): string {
  const list = BUNDLE_FILES.filter((name) => existsSync(join(folder, name))).map((name) => {
    const hash = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
    return `${hash}  ${name}\n`;
  });
  return createHash('sha256').update(list.join('')).digest('hex');
}
