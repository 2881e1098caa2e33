import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { MAPS_FOLDER } from '#functions/wiring/bundle.ts';
import { sourcePlaces } from '#functions/wiring/source-places.ts';
import { temporaryFolder } from '../../support/bench.ts';

const SECRET = 'DE89370400440532013000';

/**
 * A bundle of an author's file that throws inside of another one, with its map as a build leaves
 * it.
 */
async function bundle() {
  const root = temporaryFolder();
  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  write(
    'shared/money.ts',
    `// far\n// away\nexport const parse = (text: string): unknown => JSON.parse(text);\n`,
  );

  write(
    'functions/automations/refund/automation.ts',
    `import { parse } from '../../../shared/money.ts';\n\n/** Three lines down. */\nexport function run(text: string): unknown {\n  return parse(text);\n}\n`,
  );

  const folder = join(root, 'dist/functions/refund.check');

  await build({
    absWorkingDir: root,
    entryPoints: ['functions/automations/refund/automation.ts'],
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    minifyWhitespace: true,
    format: 'esm',
    sourcemap: 'external',
    sourceRoot: '',
    logLevel: 'silent',
  });

  const { run } = (await import(pathToFileURL(join(folder, 'index.mjs')).href)) as {
    run: (text: string) => unknown;
  };

  const keepMap = () => {
    const map = JSON.parse(readFileSync(join(folder, 'index.mjs.map'), 'utf8')) as {
      sources: string[];
    };
    const sources = map.sources.map((source) => source.replace(/^(?:\.\.\/)+/, ''));

    mkdirSync(join(folder, '..', MAPS_FOLDER));
    writeFileSync(
      join(folder, '..', MAPS_FOLDER, 'refund.check.json'),
      JSON.stringify({ ...map, sources }),
    );
  };

  const thrown = () => {
    try {
      return run(SECRET);
    } catch (error) {
      return error;
    }
  };

  return { folder, keepMap, thrown };
}

describe('the place of an error in its author’s sources', () => {
  it('is that of the first frame in a file of an automation, wherever it was thrown', async () => {
    const { folder, keepMap, thrown } = await bundle();
    keepMap();
    expect(sourcePlaces(folder)(thrown())).toBe('functions/automations/refund/automation.ts:5');
  });

  it('is not told where it is not known: of another bundle, of no error, without a map', async () => {
    const { folder, keepMap, thrown } = await bundle();
    expect(sourcePlaces(folder)(thrown())).toBeUndefined();
    keepMap();
    for (const error of [new Error(SECRET), SECRET, null, undefined, { stack: SECRET }])
      expect(sourcePlaces(folder)(error)).toBeUndefined();
  });

  it('is of the map, whatever an error says of itself', async () => {
    const { folder, keepMap } = await bundle();
    keepMap();

    const code = pathToFileURL(join(folder, 'index.mjs')).href;
    for (const line of [
      `at x (${code}:1:1)`,
      `at ${SECRET} (${code}:${SECRET.slice(2)}:1)`,
      `at functions/automations/${SECRET}.ts:1:1`,
    ]) {
      const error = Object.assign(new Error('x'), { stack: `Error: x\n    ${line}` });
      expect(sourcePlaces(folder)(error) ?? '').not.toContain(SECRET.slice(2));
    }
  });
});
