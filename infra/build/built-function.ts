/** A function and its bundle. */
export interface BuiltFunction {
  /**
   * `<automation>.<step>`, `vendor.<name>` or the name of a platform function. The function writes
   * to the trail under this name.
   */
  readonly name: string;
  /**
   * `http`: a group of the API. Its bundle exports `http`, and `operations` for the embedded mode
   * if the group has operations. `issuer`: fetches the keys of the token issuer, on AWS only.
   * `platform`: exports `operations` but not a handler.
   */
  readonly kind:
    | 'step'
    | 'intake'
    | 'dead'
    | 'sweeper'
    | 'timers'
    | 'vendor'
    | 'http'
    | 'issuer'
    | 'platform';
  readonly automation?: string;
  readonly step?: string;
  readonly vendor?: string;
  /** Folder of the bundle, relative to the output folder. */
  readonly folder: string;
  /** Hash in audit entries: see `bundleHash`. */
  readonly sha256: string;
  /** Folders of the packages whose code is in the bundle, such as `node_modules/zod`. */
  readonly packages: readonly string[];
}
