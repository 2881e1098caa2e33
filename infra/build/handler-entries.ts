import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { type BundleFile, handlerPath, type PlannedFunction } from './planned-function.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Returns the esbuild entry point of one bundle file of a function. */
export const entryOf = (name: string, file: BundleFile) => `handler:${name}/${file}`;

/**
 * Returns the name of an entry point or a virtual module in a source map. Returns undefined for any
 * other source.
 */
export function sourceName(source: string, { entries }: PlannedFunction): string | undefined {
  const file = /handler:.*\/(index|aws)$/.exec(source)?.[1] as BundleFile | undefined;
  const entry = file && entries[file];
  if (file && entry) return handlerPath(entry, file);

  return /virtual:.*$/.exec(source)?.[0];
}

/**
 * Loads entry points separately for each function, with the function's own `virtual:function` and
 * `virtual:wiring`. The import of `*.aws.ts` becomes an import of `./aws.mjs`, so that the AWS
 * adapters are loaded only on AWS.
 */
export function handlerEntries(planned: readonly PlannedFunction[]): Plugin {
  const functions = new Map(planned.map((fn) => [fn.name, fn]));

  const find = (path: string) => {
    const [, name = '', file = ''] = /^(.*)\/(\w+)$/.exec(path) ?? [];
    const fn = functions.get(name);
    if (fn === undefined) throw new Error(`no function "${name}" is planned`);
    return { fn, file };
  };

  return {
    name: 'handler-entries',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^handler:/ }, ({ path }) => ({
        path: path.slice('handler:'.length),
        namespace: 'handler',
      }));

      esbuild.onLoad({ filter: /.*/, namespace: 'handler' }, ({ path }) => {
        const { fn, file } = find(path);
        const entry = fn.entries[file as BundleFile];
        if (entry === undefined) throw new Error(`function "${fn.name}" has no file "${file}"`);

        const source = join(ROOT, handlerPath(entry, file as BundleFile));
        return {
          contents: readFileSync(source, 'utf8'),
          resolveDir: dirname(source),
          loader: 'ts',
        };
      });

      esbuild.onResolve({ filter: /\.aws\.ts$/, namespace: 'handler' }, () => ({
        path: './aws.mjs',
        external: true,
      }));

      esbuild.onResolve({ filter: /^virtual:/, namespace: 'handler' }, ({ path, importer }) => ({
        path: `${find(importer).fn.name}/${path.slice('virtual:'.length)}`,
        namespace: 'virtual',
      }));

      esbuild.onLoad({ filter: /.*/, namespace: 'virtual' }, ({ path }) => {
        const { fn, file } = find(path);
        return {
          contents: fn.virtual?.[file as 'function' | 'wiring'] ?? '',
          resolveDir: ROOT,
          loader: 'ts',
        };
      });
    },
  };
}
