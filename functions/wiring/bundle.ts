import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Code of a function's bundle: its handler, and its AWS adapters, which are loaded only on AWS. */
export const BUNDLE_FILES = ['aws.mjs', 'index.mjs'] as const;

/** Files of functions that decide access: the policy engine, the policies and their schema. */
export const DECISION_FILES = ['cedar_wasm_bg.wasm', 'policies.cedar', 'writ.cedarschema'] as const;

/**
 * Folder of source maps for functions that run an author's code. It is next to the bundles of a
 * build. See `sourcePlaces`.
 */
export const MAPS_FOLDER = 'maps';

/** Licences of the software in a bundle. */
export const NOTICES_FILE = 'notices.txt';

/** All files that a bundle can have, in the order of its hash. A build does not add others. */
const ALL = [...BUNDLE_FILES, ...DECISION_FILES, NOTICES_FILE].sort();

/**
 * Returns the hash of a bundle, which audit entries contain: SHA-256 (hex) of its file list in the
 * format of `sha256sum *`. Therefore, an entry about a decision identifies the policies that
 * decided it.
 */
export function bundleHash(folder: string): string {
  const list = ALL.filter((name) => existsSync(join(folder, name))).map((name) => {
    const hash = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
    return `${hash}  ${name}\n`;
  });
  return createHash('sha256').update(list.join('')).digest('hex');
}
