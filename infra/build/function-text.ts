import type { BuiltFunction } from './build-functions.ts';

/** A function that is to be built. */
export interface PlannedFunction extends Omit<BuiltFunction, 'sha256' | 'packages'> {
  /** Texts of its files, by name without ending: what it does, and its wiring to AWS. */
  readonly files: { readonly index: string; readonly aws?: string };
  /** Whether it decides about access, with policies that lie beside its code. */
  readonly decides?: true;
}

/** What Lambda calls. */
export function handler(name: string, made: string): string[] {
  return [
    `import { deployed } from './functions/wiring/deployed.ts';`,
    `export const handler = await deployed(${made}, '${name}', import.meta.dirname, () => import('./aws.mjs'));`,
  ];
}
