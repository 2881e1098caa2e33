import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { FunctionName } from '../naming/names.ts';
import type { BuiltFunction } from './built-function.ts';

/** Code of a function. */
export interface Bundle {
  /** Local build, unsigned. */
  readonly code: Code;
  /** See `bundleHash`. Also the key of the signed bundle. */
  readonly sha256: string;
}

/** Finds the bundle of a function. */
export type Bundles = (fn: FunctionName) => Bundle;

/**
 * Opens the bundles of a build.
 *
 * @throws if the build does not exist, or if it does not contain a bundle of the requested
 *   function.
 */
export function bundlesIn(folder: string): Bundles {
  const list = join(folder, 'functions.json');
  if (!existsSync(list)) throw new Error(`${list} is missing: run \`npm run build\` first`);

  const built = new Map(
    (JSON.parse(readFileSync(list, 'utf8')) as BuiltFunction[]).map((fn) => [fn.name, fn]),
  );

  return (name) => {
    const fn = built.get(name);
    if (fn !== undefined)
      return { code: Code.fromAsset(join(folder, fn.folder)), sha256: fn.sha256 };
    throw new Error(
      `no bundle of function "${name}"; the build made ${[...built.keys()].join(', ')}: run \`npm run build\` again`,
    );
  };
}
