import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import type { BuiltFunction } from '#infra/build/built-function.ts';
import { planFunctions } from '#infra/build/function-plan.ts';
import { entryOf, handlerEntries } from '#infra/build/handler-entries.ts';
import { type Application, sbom } from '#infra/supply-chain/sbom.ts';
import { buildInto, copyInto, lockfile, packages, ROOT, readJson } from './checkout.ts';

interface Described {
  readonly 'bom-ref': string;
  readonly scope?: 'required' | 'excluded';
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly unknown[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

interface Bom {
  readonly metadata: {
    readonly component: Described & { readonly components: readonly Described[] };
  };
  readonly components: readonly Described[];
  readonly dependencies: readonly {
    readonly ref: string;
    readonly dependsOn?: readonly string[];
  }[];
}

const application = readJson<Application>('package.json');
const { folder, functions } = await copyInto('sbom');
const elsewhere = await buildInto('sbom-elsewhere');
const text = sbom(application, functions, packages);
const bom = JSON.parse(text) as Bom;
const bundles = await bundledInWords();

/**
 * The same functions bundled once more, both files of each, with what a shipped bundle leaves out:
 * above the code of each file esbuild writes where it was.
 */
async function bundledInWords(): Promise<ReadonlyMap<string, string>> {
  const planned = await planFunctions();

  const files = planned.flatMap(({ name, entries }) =>
    (Object.keys(entries) as (keyof typeof entries)[]).map((file) => ({ name, file })),
  );

  // one build, which links each entry point by itself and parses each source once
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: files.map(({ name, file }) => ({
      in: entryOf(name, file),
      out: `${name}/${file}`,
    })),
    outdir: folder,
    plugins: [handlerEntries(planned)],
    bundle: true,
    write: false,
    minifySyntax: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    alias: {
      '@aws-sdk/credential-provider-node': join(
        ROOT,
        'shared/kernel/adapters/environment-credentials.ts',
      ),
    },
  });

  const texts = new Map(outputFiles.map(({ path, text }) => [path, text]));
  const textOf = (name: string, file: string) => texts.get(join(folder, name, `${file}.js`)) ?? '';

  return new Map(
    planned.map(({ name, entries }) => [
      name,
      Object.keys(entries)
        .map((file) => textOf(name, file))
        .join('\n'),
    ]),
  );
}

/** Folders of the packages in a bundle, by those words. */
function packagesIn(bundle: string): string[] {
  const found = [...bundle.matchAll(/^\/\/ (.*node_modules\/(?:@[^/\n]+\/)?[^/\n]+)\//gm)];
  return [...new Set(found.map(([, path = '']) => path))].sort();
}

/**
 * The hash of a bundle, made without the code under test: of the lines `<hash> <name>` of its
 * files.
 */
function hashOf(fn: BuiltFunction): string {
  const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');
  const own = join(folder, 'functions', fn.folder);

  return sha256(
    readdirSync(own)
      .sort()
      .map((file) => `${sha256(readFileSync(join(own, file)))}  ${file}\n`)
      .join(''),
  );
}

/**
 * The official schema, which the library carries. Formats that nobody has implemented are let
 * through.
 */
function compileSchema() {
  const schemas = join(
    dirname(fileURLToPath(import.meta.resolve('@cyclonedx/cyclonedx-library/package.json'))),
    'res/schema',
  );

  const read = (file: string) => JSON.parse(readFileSync(join(schemas, file), 'utf8')) as object;
  const parts = ['spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json'];
  const ajv = new Ajv({ strict: false, formats: { 'idn-email': true, 'iri-reference': true } });
  for (const part of parts) ajv.addSchema(read(part), `http://cyclonedx.org/schema/${part}`);

  return formats.default(ajv).compile(read('bom-1.6.SNAPSHOT.schema.json'));
}

describe('the bill of materials', () => {
  it('is valid by the schema of CycloneDX 1.6', () => {
    const isValid = compileSchema();
    expect(isValid(bom), JSON.stringify(isValid.errors)).toBe(true);
    expect(isValid({ ...bom, components: [{ ...bom.components[0], scope: 'perhaps' }] })).toBe(
      false,
    );
  });

  it('requires the packages whose code is in a bundle, and no other', () => {
    const required = bom.components
      .filter(({ scope }) => scope === 'required')
      .map((each) => each['bom-ref']);
    expect(required).toContain('node_modules/zod');
    expect(required.sort()).toEqual([...new Set([...bundles.values()].flatMap(packagesIn))].sort());
  });

  it('names every other package of the lock file too, as excluded', () => {
    expect(bom.components.map((each) => each['bom-ref'])).toEqual(
      Object.keys(lockfile.packages).filter((path) => path !== ''),
    );
    expect(new Set(bom.components.map(({ scope }) => scope))).toEqual(
      new Set(['required', 'excluded']),
    );
  });

  it.each(functions.map((fn) => [fn.name, fn] as const))(
    'says what is in %s, from both sides',
    (name, fn) => {
      const bundle = bundles.get(name) ?? '';
      const inside = packagesIn(bundle);
      const naming = bom.components.filter(({ properties }) =>
        properties?.some((each) => each.name === 'writ:function' && each.value === name),
      );

      expect(naming.map((each) => each['bom-ref']).sort()).toEqual(inside);
      expect(
        bom.dependencies.find(({ ref }) => ref === `function/${name}`)?.dependsOn ?? [],
      ).toEqual(inside);

      const part = bom.metadata.component.components.find(
        (each) => each['bom-ref'] === `function/${name}`,
      );

      expect(part?.hashes).toEqual([{ alg: 'SHA-256', content: hashOf(fn) }]);
    },
  );

  it('tells the licence of every package, and the hash that the lock file has', () => {
    for (const { 'bom-ref': path, hashes = [], licenses } of bom.components) {
      expect(licenses, path).toHaveLength(1);

      const integrity = hashes.map(
        ({ content }) => `sha512-${Buffer.from(content, 'hex').toString('base64')}`,
      );

      expect(integrity, path).toEqual(
        [lockfile.packages[path]?.integrity].filter((each) => each !== undefined),
      );
    }
  });

  it('tells what each package asks for', () => {
    const said = new Map(bom.dependencies.map(({ ref, dependsOn = [] }) => [ref, dependsOn]));
    expect(said.get('node_modules/saxes')).toEqual(['node_modules/xmlchars']);
    for (const { folder, dependsOn } of packages)
      expect(said.get(folder), folder).toEqual(dependsOn);
  });

  it('has the same bytes after another build, in another folder', () => {
    expect(sbom(application, elsewhere.functions, packages)).toBe(text);
  });

  it('holds no absolute path, no registry and no time', () => {
    expect(text).not.toMatch(/["\s]\/|[A-Z]:\\/);
    expect(text.match(/\w+:\/\/[^/"]+/g)).toEqual(['http://cyclonedx.org']); // names the schema
    expect(text).not.toMatch(/\d{4}-\d\d-\d\dT|urn:uuid:/);
  });

  it('fails when a bundle holds a package that the lock file does not name', () => {
    const others = packages.filter(({ name }) => name !== 'zod');
    expect(() => sbom(application, functions, others)).toThrow(/does not name node_modules\/zod/);
  });
});

describe('bundles', () => {
  it('load nothing at run time but modules of Node.js, so the bill names all there is', async () => {
    const entryPoints = functions.map((fn) => join(folder, 'functions', fn.folder, 'index.mjs'));

    const read = {
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      write: false,
      metafile: true,
    } as const;

    const { metafile } = await build({ ...read, entryPoints, outdir: folder });
    const loaded = new Set(
      Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path)),
    );
    const own = [...loaded].filter((name) => Object.hasOwn(metafile.inputs, name));

    expect(loaded).toContain('node:crypto');
    expect(own.map((path) => basename(path))).toEqual(
      functions.filter(({ kind }) => kind !== 'platform').map(() => 'aws.mjs'),
    );
    expect([...loaded].filter((name) => !isBuiltin(name) && !own.includes(name))).toEqual([]);
  });
});
