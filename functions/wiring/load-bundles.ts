import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidInputError } from '#shared/kernel/index.ts';
import { bundleHash } from './bundle.ts';

/** Function in the list of bundles. */
interface Built {
  /**
   * Name of the function: `<automation>.<part>`, `vendor.<name>` or the name of a group. It is also
   * the name of the writer in the trail.
   */
  readonly name: string;
  readonly kind: string;
  readonly automation?: string;
  readonly step?: string;
  readonly vendor?: string;
  readonly sha256: string;
}

/** Function whose code is loaded into this process. */
export interface LoadedFunction extends Built {
  /** Exports of the function's `index.mjs`. */
  readonly module: unknown;
  /**
   * Folder of the bundle, which also has the files that the function reads. Absent for a function
   * that was loaded from sources.
   */
  readonly folder?: string;
}

/**
 * Loads the bundles that are deployed to AWS.
 *
 * @throws {@link InvalidInputError} `bundles.missing`, `bundles.changed`.
 */
export async function loadBundles(bundles: string): Promise<LoadedFunction[]> {
  const path = join(bundles, 'functions.json');
  if (!existsSync(path))
    throw new InvalidInputError(
      'bundles.missing',
      `no bundles found in ${bundles}; run npm run build`,
      { bundles },
    );

  const built = JSON.parse(readFileSync(path, 'utf8')) as (Built & { readonly folder: string })[];
  const loaded: LoadedFunction[] = [];

  for (const { folder: name, ...fn } of built) {
    const folder = join(bundles, name);
    loaded.push({ ...fn, folder, module: await loadBundle(folder, fn) });
  }

  return loaded;
}

/** Checks the hash of a bundle, which audit entries contain, and then loads the bundle. */
async function loadBundle(folder: string, { name, sha256 }: Built): Promise<unknown> {
  const path = join(folder, 'index.mjs');
  if (!existsSync(path)) throw missingBundle(name);
  if (bundleHash(folder) !== sha256) {
    throw new InvalidInputError(
      'bundles.changed',
      `the bundle ${name} has changed since it was built; run npm run build`,
      { name },
    );
  }

  return import(pathToFileURL(path).href);
}

export const missingBundle = (name: string) =>
  new InvalidInputError('bundles.missing', `the bundle ${name} is missing; run npm run build`, {
    name,
  });
