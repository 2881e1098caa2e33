import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A file that access decisions need. */
export interface PolicyFile {
  /** File name in the folder of the bundle. */
  readonly to: string;
  /** Returns the absolute paths of the sources that are concatenated into the file. */
  readonly from: () => readonly string[];
}

/** Resolves a path of the sources. A bundle does not contain these files. */
const source = (path: string) => join(import.meta.dirname, path);

/** The files that a build adds to the bundle of each function that makes access decisions. */
export const POLICY_FILES = {
  policies: {
    to: 'policies.cedar',
    from: () =>
      readdirSync(source('policies'))
        .filter((name) => name.endsWith('.cedar'))
        .sort()
        .map((name) => source(`policies/${name}`)),
  },
  schema: { to: 'writ.cedarschema', from: () => [source('policies/writ.cedarschema')] },
  wasm: {
    to: 'cedar_wasm_bg.wasm',
    from: () => [source('../../node_modules/@cedar-policy/cedar-wasm/web/cedar_wasm_bg.wasm')],
  },
} as const satisfies Record<string, PolicyFile>;
