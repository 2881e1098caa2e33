import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfStale } from '#infra/build/build-functions.ts';
import type { BuiltFunction } from '#infra/build/built-function.ts';

/**
 * Copies the build of `npm run build` into a folder, built again only if a source is newer. For
 * tests that need bundles outside the repository, away from its packages, but no build of their
 * own.
 */
export async function copyBuild(out: string): Promise<BuiltFunction[]> {
  cpSync(await buildIfStale(), out, { recursive: true });
  return JSON.parse(readFileSync(join(out, 'functions.json'), 'utf8')) as BuiltFunction[];
}
