import type { BuiltFunction } from './build-functions.ts';

/** A function to bundle. */
export interface PlannedFunction extends Omit<BuiltFunction, 'sha256' | 'packages'> {
  /**
   * Entry points in `functions/handlers`: `<index>.ts` has the handler, and `<aws>.aws.ts` opens its
   * ports on AWS.
   */
  readonly entries: { readonly index: string; readonly aws?: string };
  /** Sources of the modules `virtual:function` and `virtual:wiring` that the entries import. */
  readonly virtual?: { readonly function?: string; readonly wiring?: string };
  /** Whether it decides about access, with policies that lie beside its code. */
  readonly decides?: true;
}

/** A file of a bundle, which has an entry point of its own. */
export type BundleFile = 'index' | 'aws';

/** Returns the path of an entry point, relative to the checkout. */
export function handlerPath(entry: string, file: BundleFile): string {
  return `functions/handlers/${entry}${file === 'aws' ? '.aws' : ''}.ts`;
}
