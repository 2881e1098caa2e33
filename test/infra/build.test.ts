import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { buildFunctions, buildIfStale } from '#infra/build/build-functions.ts';
import { copyBuild } from '../support/copy-build.ts';

const folder = mkdtempSync(join(tmpdir(), 'writ-build-'));
afterAll(() => rmSync(folder, { recursive: true }));
const out = join(folder, 'functions');
const manifest = join(out, 'functions.json');
const builtAt = () => statSync(manifest).mtimeMs;
/** Says that the bundles were built then. */
const builtIn = (year: number) =>
  utimesSync(manifest, new Date(`${year}-01-01`), new Date(`${year}-01-01`));

it('builds for who starts often only when a source is younger than the bundles, or a bundle is not what was built', async () => {
  const [first] = await copyBuild(out);

  builtIn(2100);
  await buildIfStale(out);
  expect(builtAt(), 'young enough: left alone').toBe(Date.UTC(2100, 0, 1));

  builtIn(2000);
  await buildIfStale(out);
  expect(builtAt(), 'older than its sources: built').toBeGreaterThan(Date.UTC(2000, 0, 2));

  builtIn(2100);

  const bundle = join(out, first!.folder, 'index.mjs');
  const bytes = readFileSync(bundle);

  writeFileSync(bundle, 'export {};');
  await buildIfStale(out);
  expect(readFileSync(bundle).equals(bytes), 'a bundle was changed: built').toBe(true);

  rmSync(manifest);
  await buildIfStale(out);
  expect(JSON.parse(readFileSync(manifest, 'utf8'))).toContainEqual(first);
});

it('may be read by whoever may read the checkout', () => {
  const allowed = 0o777 & ~process.umask();
  expect(statSync(out).mode & 0o777).toBe(allowed);
});

it('says which folder cannot be written', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const below = buildFunctions(join(file, 'functions'));
  await expect(below).rejects.toMatchObject({
    code: 'bundles.folder',
    message: expect.stringContaining(file),
  });
});
