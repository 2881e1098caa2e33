import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Code of a function's bundle: what it does, and its adapters for AWS, which are loaded only there.
 */
export const BUNDLE_FILES = ['aws.mjs', 'index.mjs'] as const;

/**
 * What is beside the code where access is decided: the engine, the policies, what these may speak
 * of.
 */
export const DECISION_FILES = ['cedar_wasm_bg.wasm', 'policies.cedar', 'writ.cedarschema'] as const;

/**
 * Beside the bundles of a build: source maps of functions that run an author's code. See
 * `sourcePlaces`.
 */
export const MAPS_FOLDER = 'maps';

/** The licences of the software in a bundle. */
export const NOTICES_FILE = 'notices.txt';

/** Everything that a bundle may hold, in the order of its hash. A build puts nothing else there. */
const ALL = [...BUNDLE_FILES, ...DECISION_FILES, NOTICES_FILE].sort();

/**
 * The hash of a bundle, which entries carry: SHA-256 (hex) of the list of its files as `sha256sum
 * *` prints it in the folder. So an entry about a decision also says by which policies it was made.
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
