import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { automationNames, loadFlow, vendorNames } from './folders.ts';

/** One function of the product: what it is, and where its bundle lies. */
export interface BuiltFunction {
  /** `<automation>.<step>`, `vendor.<name>` or the name of a platform function. Also the writer's name in the trail. */
  readonly name: string;
  readonly kind: 'step' | 'intake' | 'dead' | 'sweeper' | 'timers' | 'vendor' | 'platform';
  readonly automation?: string;
  readonly step?: string;
  readonly vendor?: string;
  /** Folder of the bundle, relative to the output folder. */
  readonly folder: string;
  /** SHA-256 (hex) of the bundle: what entries carry. */
  readonly sha256: string;
  /** Folders of the packages whose code is in the bundle, such as `node_modules/zod`. */
  readonly packages: readonly string[];
}

type Planned = Omit<BuiltFunction, 'sha256' | 'packages'> & { readonly source: string };

const ROOT = join(import.meta.dirname, '..');
const PLATFORM = ['gates', 'workspaces', 'automations', 'records'];

/** Every function there is, from the folders: a new automation or vendor needs no line here. */
async function plan(): Promise<Planned[]> {
  const planned: Planned[] = [];
  const add = (of: Omit<Planned, 'folder'>) => planned.push({ ...of, folder: of.name });
  for (const automation of automationNames()) {
    const flow = await loadFlow(automation);
    const flowImport = `import flow from './functions/automations/${automation}/automation.ts';`;
    const made = (maker: string, args: string, exports = 'handler, connect') =>
      `import { ${maker} } from './functions/middleware/automation-functions.ts';\nexport const { ${exports} } = ${maker}(${args});`;
    for (const step of flow.steps.keys())
      add({
        name: `${automation}.${step}`,
        kind: 'step',
        automation,
        step,
        source: `${flowImport}\n${made('stepFunction', `flow, '${step}'`)}`,
      });
    const intake = `${flowImport}\nimport read from './functions/automations/${automation}/intake.ts';\nexport { flow };\n${made('intakeFunction', 'flow, read', 'handler, connect, starter')}`;
    add({ name: `${automation}.intake`, kind: 'intake', automation, source: intake });
    add({ name: `${automation}.dead`, kind: 'dead', automation, source: `${flowImport}\n${made('deadLetterFunction', 'flow')}` });
    add({ name: `${automation}.sweeper`, kind: 'sweeper', automation, source: `${flowImport}\n${made('sweeperFunction', 'flow')}` });
    add({ name: `${automation}.timers`, kind: 'timers', automation, source: `${flowImport}\n${made('timersFunction', 'flow')}` });
  }
  for (const vendor of vendorNames()) {
    const source = `import declared from './functions/vendors/${vendor}/vendor.ts';\nimport { vendorFunction } from './functions/middleware/vendor-function.ts';\nexport const { vendor, handler, connect } = vendorFunction(declared);`;
    add({ name: `vendor.${vendor}`, kind: 'vendor', vendor, source });
  }
  for (const name of PLATFORM) add({ name, kind: 'platform', source: `export { connect } from './functions/http/${name}/operations.ts';` });
  return planned;
}

/** Gives esbuild the entry of each function, which exists only as text. */
function entries(planned: readonly Planned[]): Plugin {
  const sources = new Map(planned.map(({ name, source }) => [name, source]));
  return {
    name: 'function-entries',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^function:/ }, ({ path }) => ({ path: path.slice('function:'.length), namespace: 'function' }));
      esbuild.onLoad({ filter: /.*/, namespace: 'function' }, ({ path }) => ({
        contents: sources.get(path) ?? '',
        resolveDir: ROOT,
        loader: 'ts',
      }));
    },
  };
}

/**
 * Bundles every function with one call of esbuild. Same sources, same bytes, wherever the checkout lies.
 *
 * @param out - Output folder: gets a folder for each function and `functions.json`. It is replaced as a whole, and left
 *   alone when nothing changed, so a process that is running on it is not disturbed.
 */
export async function buildFunctions(out = join(ROOT, 'dist/functions')): Promise<BuiltFunction[]> {
  const planned = await plan();
  mkdirSync(dirname(out), { recursive: true });
  const next = mkdtempSync(`${out}.next-`);
  try {
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: planned.map(({ name, folder }) => ({ in: `function:${name}`, out: join(folder, 'index') })),
      outdir: next,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      mainFields: ['module', 'main'],
      legalComments: 'none',
      logLevel: 'warning',
      metafile: true,
      plugins: [entries(planned)],
    });
    const packages = packagesByEntry(metafile);
    const built = planned.map(({ source: _, ...fn }) => ({
      ...fn,
      sha256: sha256Of(join(next, fn.folder, 'index.mjs')),
      packages: packages.get(`function:${fn.name}`) ?? [],
    }));
    const manifest = `${JSON.stringify(built, undefined, 2)}\n`;
    if (!isSame(out, manifest, built)) {
      writeFileSync(join(next, 'functions.json'), manifest);
      rmSync(out, { recursive: true, force: true });
      renameSync(next, out);
    }
    return built;
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

/** Folders of the packages that gave at least a byte to the bundle of each entry. What was imported and shaken out is not there. */
function packagesByEntry({ outputs }: Metafile): ReadonlyMap<string | undefined, readonly string[]> {
  const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;
  return new Map(
    Object.values(outputs).map(({ entryPoint, inputs }) => {
      const used = Object.keys(inputs).filter((path) => (inputs[path]?.bytesInOutput ?? 0) > 0);
      return [entryPoint, [...new Set(used.flatMap((path) => folder.exec(path) ?? []))].sort()];
    }),
  );
}

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Whether `out` holds exactly these bundles: by the bytes that are there, not by what its manifest says. */
function isSame(out: string, manifest: string, built: readonly BuiltFunction[]): boolean {
  const path = join(out, 'functions.json');
  if (!existsSync(path) || readFileSync(path, 'utf8') !== manifest) return false;
  return built.every(
    ({ folder, sha256 }) => existsSync(join(out, folder, 'index.mjs')) && sha256Of(join(out, folder, 'index.mjs')) === sha256,
  );
}

if (import.meta.main) await buildFunctions();
