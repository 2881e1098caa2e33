import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidInputError } from '#shared/kernel/index.ts';
import { bundleHash } from './bundle.ts';

/** A function as the list of bundles has it. */
interface Built {
  /**
   * `<automation>.<part>`, `vendor.<name>` or the name of a group. Also the writer's name in the
   * trail.
   */
  readonly name: string;
  readonly kind: string;
  readonly automation?: string;
  readonly step?: string;
  readonly vendor?: string;
  readonly sha256: string;
}

/** A function whose code is in this process. */
export interface LoadedFunction extends Built {
  /** What its `index.mjs` exports. */
  readonly module: unknown;
  /**
   * Where the bundle lies, with the files that it reads. Absent for what was loaded from sources.
   */
  readonly folder?: string;
}

/**
 * Loads the bundles that would be deployed.
 *
 * @throws {@link InvalidInputError} `bundles.missing`, `bundles.changed`.
 */
export async function loadBundles(bundles: string): Promise<LoadedFunction[]> {
  const path = join(bundles, 'functions.json');
  if (!existsSync(path))
    throw new InvalidInputError(
      'bundles.missing',
      `there are no bundles in ${bundles}; run npm run build first`,
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

/** Entries carry the hash of the bundle that wrote them, so it must be the bytes that run. */
async function loadBundle(folder: string, { name, sha256 }: Built): Promise<unknown> {
  const path = join(folder, 'index.mjs');
  if (!existsSync(path)) throw missingBundle(name);
  if (bundleHash(folder) !== sha256) {
    throw new InvalidInputError(
      'bundles.changed',
      `the bundle ${name} is not the one that was built; run npm run build`,
      { name },
    );
  }

  return import(pathToFileURL(path).href);
}

export const missingBundle = (name: string) =>
  new InvalidInputError('bundles.missing', `the bundle ${name} is missing; run npm run build`, {
    name,
  });
