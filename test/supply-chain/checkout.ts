import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { buildFunctions } from '#infra/build/build-functions.ts';
import { type Lockfile, lockedPackages } from '#infra/supply-chain/lockfile.ts';
import { copyBuild } from '../support/copy-build.ts';

export const ROOT = join(import.meta.dirname, '../..');

export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as T;
}

export const lockfile = readJson<Lockfile & { lockfileVersion: number }>('package-lock.json');
export const packages = lockedPackages(lockfile);

/**
 * Builds every function into a folder of its own, which goes after the last test of the file. Not
 * for use inside a test.
 */
export async function buildInto(name: string) {
  const folder = temporaryFolder(name);
  return { folder, functions: await buildFunctions(join(folder, 'functions')) };
}

/** Copies the build of `npm run build` into a folder as {@link buildInto} does. */
export async function copyInto(name: string) {
  const folder = temporaryFolder(name);
  return { folder, functions: await copyBuild(join(folder, 'functions')) };
}

function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `writ-${name}-`));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}
