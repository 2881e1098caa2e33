import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { FunctionName } from '../naming/names.ts';
import type { BuiltFunction } from './build-functions.ts';

/** What a function runs. */
export interface Bundle {
  /** As it was built on this machine, unsigned. */
  readonly code: Code;
  /** See `bundleHash`; a signed bundle is found by it. */
  readonly sha256: string;
}

/** The bundle of each function. */
export type Bundles = (fn: FunctionName) => Bundle;

/**
 * The bundles that a build left in `folder`.
 *
 * @throws when there was no build, or when it made no bundle of a function that is asked for.
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
