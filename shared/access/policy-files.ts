import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A file that decisions need, under the name it has beside a bundle. */
export interface PolicyFile {
  readonly to: string;
  /** Absolute paths, in the sources, of what it is made of, one after another. */
  readonly from: () => readonly string[];
}

/** Asked for only where sources are: a bundle lies elsewhere. */
const source = (path: string) => join(import.meta.dirname, path);

/** What a build puts beside the bundle of a function that decides. */
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
