import type { BuiltFunction } from './built-function.ts';

/** A function to bundle. */
export interface PlannedFunction extends Omit<BuiltFunction, 'sha256' | 'packages'> {
  /**
   * Entry points in `functions/handlers`: `<index>.ts` exports the handler, `<aws>.aws.ts` opens
   * its ports on AWS.
   */
  readonly entries: { readonly index: string; readonly aws?: string };
  /** Sources of the modules `virtual:function` and `virtual:wiring` that the entries import. */
  readonly virtual?: { readonly function?: string; readonly wiring?: string };
  /**
   * Present if the function authorizes requests. Its bundle then includes the policy engine and
   * policies.
   */
  readonly decides?: true;
}

/** A file of a bundle. Each file has its own entry point. */
export type BundleFile = 'index' | 'aws';

/** Returns the path of an entry point, relative to the checkout. */
export function handlerPath(entry: string, file: BundleFile): string {
  return `functions/handlers/${entry}${file === 'aws' ? '.aws' : ''}.ts`;
}
