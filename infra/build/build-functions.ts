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
import type { BuiltFunction } from './built-function.ts';
import { planFunctions } from './function-plan.ts';
import { entryOf, handlerEntries, sourceName } from './handler-entries.ts';
import { knownDefinitions } from './known-definitions.ts';
import { noticesOf } from './notices.ts';
import type { BundleFile, PlannedFunction } from './planned-function.ts';
import { sdkTreeShaking } from './sdk-tree-shaking.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Makes AWS clients read credentials from environment variables only. */
const ENVIRONMENT_CREDENTIALS: Plugin = {
  name: 'environment-credentials',
  setup(esbuild) {
    esbuild.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({
      path: join(ROOT, 'shared/kernel/adapters/environment-credentials.ts'),
    }));
  },
};

/**
 * Bundles every function. Builds are reproducible: the same sources result in the same bytes in any
 * folder.
 *
 * @param out - Output folder, with a folder for each function and `functions.json`. It is replaced
 *   as a whole, or left unchanged if the build is the same, so that running processes are not
 *   disturbed.
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
    throw isWriteFailure(error) ? writeFailed(dirname(out), error) : error;
  } finally {
    if (next !== undefined) rmSync(next, { recursive: true, force: true });
  }
}

/**
 * Moves the source maps of functions with an author's code out of the bundles. Source maps are only
 * for local runs, and are neither deployed nor hashed. Their source paths are relative to the
 * checkout.
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

/** Builds in `next`, then replaces `out` if the build differs. */
async function buildInto(
  next: string,
  planned: readonly PlannedFunction[],
  out: string,
): Promise<BuiltFunction[]> {
  chmodSync(next, 0o777 & ~process.umask()); // users who may read the checkout may run its build
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

  if (hasSameBundles(out, manifest, built)) {
    // an edited comment changes source maps but not bundles
    replace(join(next, MAPS_FOLDER), join(out, MAPS_FOLDER));
    // marks the bundles as up to date with their sources
    utimesSync(join(out, 'functions.json'), new Date(), new Date());
  } else {
    writeFileSync(join(next, 'functions.json'), manifest);
    replace(next, out);
  }

  return built;
}

const REFUSED = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EEXIST'];

/** Returns whether an error is a failed write. esbuild reports a failed write only as text. */
function isWriteFailure(error: unknown): error is Error & { readonly code?: string } {
  const { code = '', errors = [] } = error as {
    code?: string;
    errors?: readonly { text: string }[];
  };
  return (
    REFUSED.includes(code) || errors.some(({ text }) => /^Failed to (?:write|create)/.test(text))
  );
}

function writeFailed(folder: string, cause: Error & { readonly code?: string }): InvalidInputError {
  const { code = 'no room, or not allowed' } = cause;
  return new InvalidInputError(
    'bundles.folder',
    `the bundles cannot be written to ${folder} (${code}): free up space, or build as a user with write access`,
    { folder, code },
    { cause },
  );
}

/**
 * Replaces a build. A second process may do the same concurrently, in which case one of the two
 * identical builds remains.
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

/** Copies the policy engine and policies next to the code. */
function copyDecisionFiles(folder: string): void {
  for (const { to, from } of Object.values(POLICY_FILES))
    writeFileSync(join(folder, to), Buffer.concat(from().map((path) => readFileSync(path))));
}

/**
 * Bundles one file of every function, minified, because a cold start reads every byte. Code of
 * automations and vendors keeps its identifiers, so that a stack trace is readable; the API and AWS
 * clients do not. Functions with identical input share one build and get copies.
 *
 * @returns the packages in the file, by function.
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
    sourcemap: file === 'index' ? 'external' : false, // `external` does not change the bundle
    sourcesContent: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    legalComments: 'eof', // some contain more than their package's licence
    logLevel: 'warning',
    metafile: true,
    plugins: [
      handlerEntries(planned),
      await knownDefinitions(),
      ENVIRONMENT_CREDENTIALS,
      sdkTreeShaking,
    ],
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
 * Returns the folders of the packages that contribute at least a byte to the bundle of each entry.
 * Packages removed by tree shaking are not included.
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

/** Folders and files from which bundles are built. */
const SOURCES = ['functions', 'infra', 'shared', 'package-lock.json'];

/**
 * Builds only if a source is newer than the bundles, for commands that start often.
 *
 * A change that keeps the modification time is not detected. `npm run build` always builds.
 *
 * @returns the folder of the bundles: `out` or, if `out` is not writable, a temporary folder that
 *   is removed when the process exits.
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

/**
 * Returns whether the bundles are up to date. Returns false if they are unreadable or incomplete.
 */
function isFresh(out: string): boolean {
  const path = join(out, 'functions.json');
  try {
    const [manifest, { mtimeMs }] = [readFileSync(path, 'utf8'), statSync(path)];
    const isYoung = SOURCES.every((name) => latestChange(join(ROOT, name)) < mtimeMs);
    return isYoung && hasSameBundles(out, manifest, JSON.parse(manifest) as BuiltFunction[]);
  } catch {
    return false;
  }
}

/**
 * Returns the latest modification time of a file, or of a folder and its content. Removing a file
 * also changes the modification time of its folder.
 */
function latestChange(path: string): number {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return readdirSync(path, { recursive: true }).reduce(
    (most: number, name) => Math.max(most, statSync(join(path, String(name))).mtimeMs),
    mtimeMs,
  );
}

/** Returns whether `out` contains this manifest and its bundles, compared by their bytes. */
function hasSameBundles(out: string, manifest: string, built: readonly BuiltFunction[]): boolean {
  const path = join(out, 'functions.json');
  if (!existsSync(path) || readFileSync(path, 'utf8') !== manifest) return false;
  return built.every(({ folder, sha256 }) => bundleHash(join(out, folder)) === sha256);
}
