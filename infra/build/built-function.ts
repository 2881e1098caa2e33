/** A function and its bundle. */
export interface BuiltFunction {
  /**
   * `<automation>.<step>`, `vendor.<name>` or the name of a platform function. Also its name as a
   * writer in the trail.
   */
  readonly name: string;
  /**
   * `http`: a group of the API; its bundle exports `http`, and `operations` for the embedded mode
   * if it has any. `issuer`: fetches the keys of the token issuer, on AWS only. `platform`: exports
   * only `operations`, and no handler.
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
  /** Hash that audit entries carry: see `bundleHash`. */
  readonly sha256: string;
  /** Folders of the packages whose code is in the bundle, such as `node_modules/zod`. */
  readonly packages: readonly string[];
}
