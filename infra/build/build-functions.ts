import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { bundleHash, MAPS_FOLDER, NOTICES_FILE } from '#functions/wiring/bundle.ts';
import { POLICY_FILES } from '#shared/access/policy-files.ts';
import { InvalidInputError, isWritError } from '#shared/kernel/index.ts';
import { planFunctions } from './function-plan.ts';
import { entryOf, handlerEntries, sourceName } from './handler-entries.ts';
import { knownDefinitions } from './known-definitions.ts';
import { noticesOf } from './notices.ts';
import type { BundleFile, PlannedFunction } from './planned-function.ts';

/** One function of the product: what it is, and where its bundle lies. */
export interface BuiltFunction {
  /**
   * `<automation>.<step>`, `vendor.<name>` or the name of a function of the platform. Also the
   * writer's name in the trail.
   */
  readonly name: string;
  /**
   * `http`: a group of the API; its bundle exports `http`, and `operations` where it has operations
   * of the embedded mode. `issuer`: fetches the keys of the issuer of tokens; only on AWS.
   * `platform`: has `operations` alone, and no handler for Lambda.
   */
  readonly kind:
    | 'step'
    | 'intake'
    | 'dead'
    | 'sweeper'
    | 'timers'
    | 'vendor'
    | 'http'
    | 'issuer'
    | 'platform';
  readonly automation?: string;
  readonly step?: string;
  readonly vendor?: string;
  /** Folder of the bundle, relative to the output folder. */
  readonly folder: string;
  /** See `bundleHash`: what entries carry. */
  readonly sha256: string;
  /** Folders of the packages whose code is in the bundle, such as `node_modules/zod`. */
  readonly packages: readonly string[];
}

const ROOT = join(import.meta.dirname, '../..');

/** Has clients take their credentials from the environment and from nowhere else. */
const ENVIRONMENT_CREDENTIALS: Plugin = {
  name: 'environment-credentials',
  setup(esbuild) {
    esbuild.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({
      path: join(ROOT, 'shared/kernel/adapters/environment-credentials.ts'),
    }));
  },
};

/**
 * Bundles every function. Same sources, same bytes, wherever the checkout lies.
 *
 * @param out - Output folder: gets a folder for each function and `functions.json`. It is
 *   replaced as a whole, and left alone when nothing changed, so a process that is running on it is
 *   not disturbed.
 * @throws `bundles.folder` (refuse): the output folder cannot be written.
 */
export async function buildFunctions(out = join(ROOT, 'dist/functions')): Promise<BuiltFunction[]> {
  const planned = await planFunctions();
  let next: string | undefined;

  try {
    mkdirSync(dirname(out), { recursive: true });
    next = mkdtempSync(`${out}.next-`);
    return await buildInto(next, planned, out);
  } catch (error) {
    throw isOfFolder(error) ? notWritten(dirname(out), error) : error;
  } finally {
    if (next !== undefined) rmSync(next, { recursive: true, force: true });
  }
}

/**
 * Puts the source maps of functions with an author's code apart from the bundles: they are for
 * whoever runs these on this machine, and are neither deployed nor hashed. Sources are named from
 * the root of the checkout.
 */
function keepMaps(planned: readonly PlannedFunction[], outdir: string): void {
  mkdirSync(join(outdir, MAPS_FOLDER));

  for (const fn of planned) {
    const { folder, automation } = fn;
    const path = join(outdir, folder, 'index.mjs.map');
    if (automation !== undefined) {
      const map = JSON.parse(readFileSync(path, 'utf8')) as { sources: string[] };
      const named = (source: string) =>
        sourceName(source, fn) ?? relative(ROOT, resolve(outdir, folder, source));
      const sources = map.sources.map(named);

      writeFileSync(
        join(outdir, MAPS_FOLDER, `${folder}.json`),
        JSON.stringify({ ...map, sources }),
      );
    }

    rmSync(path);
  }
}

/** Builds in `next`, then puts it in the place of `out` when it is another build. */
async function buildInto(
  next: string,
  planned: readonly PlannedFunction[],
  out: string,
): Promise<BuiltFunction[]> {
  chmodSync(next, 0o777 & ~process.umask()); // who may read the checkout may run what it builds
  for (const { folder } of planned) mkdirSync(join(next, folder));

  const [ours, theirs] = [
    planned.filter(({ kind }) => kind === 'http'),
    planned.filter(({ kind }) => kind !== 'http'),
  ];

  const [api, index, aws] = await Promise.all([
    bundle(ours, 'index', next, true),
    bundle(theirs, 'index', next, false),
    bundle(planned, 'aws', next, true),
  ]);

  for (const { folder, decides } of planned) if (decides) copyDecisionFiles(join(next, folder));

  keepMaps(planned, next);

  const built = planned.map(
    ({ entries: _entries, virtual: _virtual, decides: _decides, ...fn }) => {
      const packages = [
        ...new Set([api, index, aws].flatMap((each) => each.get(fn.name) ?? [])),
      ].sort();
      writeFileSync(join(next, fn.folder, NOTICES_FILE), noticesOf(ROOT, packages));
      return { ...fn, sha256: bundleHash(join(next, fn.folder)), packages };
    },
  );

  const manifest = `${JSON.stringify(built, undefined, 2)}\n`;

  if (isSame(out, manifest, built)) {
    // a comment moves lines and changes no bundle
    replace(join(next, MAPS_FOLDER), join(out, MAPS_FOLDER));
    // they are as young as their sources
    utimesSync(join(out, 'functions.json'), new Date(), new Date());
  } else {
    writeFileSync(join(next, 'functions.json'), manifest);
    replace(next, out);
  }

  return built;
}

const REFUSED = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EEXIST'];

/**
 * Whether the file system refused to write, by itself or through esbuild, which gives words alone.
 */
function isOfFolder(error: unknown): error is Error & { readonly code?: string } {
  const { code = '', errors = [] } = error as {
    code?: string;
    errors?: readonly { text: string }[];
  };
  return (
    REFUSED.includes(code) || errors.some(({ text }) => /^Failed to (?:write|create)/.test(text))
  );
}

function notWritten(folder: string, cause: Error & { readonly code?: string }): InvalidInputError {
  const { code = 'no room, or not allowed' } = cause;
  return new InvalidInputError(
    'bundles.folder',
    `the bundles cannot be written to ${folder} (${code}): give it room, or build as somebody who may write there`,
    { folder, code },
    { cause },
  );
}

/**
 * Puts a build in the place of another, also while a second process does the same: one of two that
 * are alike then stays.
 */
function replace(next: string, out: string): void {
  for (let tries = 3; ; tries--) {
    rmSync(out, { recursive: true, force: true });

    try {
      renameSync(next, out);
      return;
    } catch (error) {
      if (tries === 0 || (error as { code?: string }).code !== 'ENOTEMPTY') throw error;
    }
  }
}

/** Puts what access is decided with beside the code. */
function copyDecisionFiles(folder: string): void {
  for (const { to, from } of Object.values(POLICY_FILES))
    writeFileSync(join(folder, to), Buffer.concat(from().map((path) => readFileSync(path))));
}

/**
 * Bundles one file of every function, small, because a start reads every byte. What automations and
 * vendors do keeps its names and lines, so that a stack says where in it something happened; the
 * API and clients of AWS do not. Functions that are wired alike get copies of one file.
 *
 * @returns the packages that are in the file, by function.
 */
async function bundle(
  planned: readonly PlannedFunction[],
  file: BundleFile,
  outdir: string,
  shortNames: boolean,
): Promise<Packages> {
  const alike = Map.groupBy(
    planned.filter(({ entries }) => entries[file] !== undefined),
    ({ entries, virtual }) =>
      `${entries[file]}\n${virtual?.[file === 'index' ? 'function' : 'wiring'] ?? ''}`,
  );

  const firsts = [...alike.values()].flatMap(([first]) => first ?? []);

  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: firsts.map(({ name, folder }) => ({
      in: entryOf(name, file),
      out: join(folder, file),
    })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minifyWhitespace: true,
    minifySyntax: true,
    minifyIdentifiers: shortNames,
    lineLimit: 160,
    sourcemap: file === 'index' ? 'external' : false, // external: not a byte of a bundle is another
    sourcesContent: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    legalComments: 'eof', // some say more than the licence of their package
    logLevel: 'warning',
    metafile: true,
    plugins: [handlerEntries(planned), await knownDefinitions(), ENVIRONMENT_CREDENTIALS],
  });

  const packages = packagesByEntry(metafile);

  const made = [...alike.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    for (const { folder } of others)
      copyFileSync(join(outdir, first.folder, `${file}.mjs`), join(outdir, folder, `${file}.mjs`));
    return [first, ...others].map(
      ({ name }) => [name, packages.get(entryOf(first.name, file)) ?? []] as const,
    );
  });

  return new Map(made);
}

type Packages = ReadonlyMap<string | undefined, readonly string[]>;

/**
 * Folders of the packages that gave at least a byte to the bundle of each entry. What was imported
 * and shaken out is not there.
 */
function packagesByEntry({ outputs }: Metafile): Packages {
  const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;
  return new Map(
    Object.values(outputs).map(({ entryPoint, inputs }) => {
      const used = Object.keys(inputs).filter((path) => (inputs[path]?.bytesInOutput ?? 0) > 0);
      return [entryPoint, [...new Set(used.flatMap((path) => folder.exec(path) ?? []))].sort()];
    }),
  );
}

/** Where everything that bundles are made of lies. */
const SOURCES = ['functions', 'infra', 'shared', 'package-lock.json'];

/**
 * Builds unless the bundles are there and younger than everything they are made of: for whoever
 * starts often.
 *
 * What changes a source without making it younger goes unnoticed: `npm run build` always builds.
 *
 * @returns the folder of the bundles: `out`, or a temporary one, which ends with this process,
 *   where `out` cannot be written.
 */
export async function buildIfStale(out = join(ROOT, 'dist/functions')): Promise<string> {
  if (isFresh(out)) return out;

  try {
    await buildFunctions(out);
    return out;
  } catch (error) {
    if (!isWritError(error, 'bundles.folder')) throw error;
  }

  const folder = mkdtempSync(join(tmpdir(), 'writ-bundles-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await buildFunctions(join(folder, 'functions'));

  return join(folder, 'functions');
}

/** Not where the bundles cannot be read, or not to their end. */
function isFresh(out: string): boolean {
  const path = join(out, 'functions.json');
  try {
    const [manifest, { mtimeMs }] = [readFileSync(path, 'utf8'), statSync(path)];
    const isYoung = SOURCES.every((name) => youngest(join(ROOT, name)) < mtimeMs);
    return isYoung && isSame(out, manifest, JSON.parse(manifest) as BuiltFunction[]);
  } catch {
    return false;
  }
}

/**
 * When a file, or anything in a folder, last changed. A folder changes when something in it is
 * removed.
 */
function youngest(path: string): number {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return readdirSync(path, { recursive: true }).reduce(
    (most: number, name) => Math.max(most, statSync(join(path, String(name))).mtimeMs),
    mtimeMs,
  );
}

/**
 * Whether `out` holds exactly these bundles: by the bytes that are there, not by what its manifest
 * says.
 */
function isSame(out: string, manifest: string, built: readonly BuiltFunction[]): boolean {
  const path = join(out, 'functions.json');
  if (!existsSync(path) || readFileSync(path, 'utf8') !== manifest) return false;
  return built.every(({ folder, sha256 }) => bundleHash(join(out, folder)) === sha256);
}
