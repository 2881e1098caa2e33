import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/**
 * Removes unused code from AWS clients, so that cold starts do not read it. The values that the
 * clients compute do not change.
 *
 * - Schemas of operations that are never sent. esbuild removes an unused schema only if the keys of
 *   its traits are literals, because a computed key could run code. Clients compute these keys from
 *   constants of the same file.
 * - The manifest of a client. The client reads only the version, for its user agent.
 */
export const sdkTreeShaking: Plugin = {
  name: 'sdk-tree-shaking',
  setup(esbuild) {
    esbuild.onLoad({ filter: CLIENT_SCHEMAS }, ({ path }) => ({
      contents: withLiteralKeys(readFileSync(path, 'utf8')),
      loader: 'js',
    }));

    esbuild.onLoad({ filter: CLIENT_MANIFEST }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

const CLIENT_SCHEMAS =
  /[\\/]node_modules[\\/]@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/;
const CLIENT_MANIFEST = /[\\/]node_modules[\\/]@aws-sdk[\\/]client-[\w-]+[\\/]package\.json$/;

/** Replaces computed keys, such as `[_hE]:`, with the string constants that they name. */
function withLiteralKeys(source: string): string {
  const constants = new Map(
    [...source.matchAll(/^const (_\w+) = ("[^"\\]*");$/gm)].map(([, name, text]) => [name, text]),
  );

  return source.replace(/\[(_\w+)\]:/g, (key, name: string) => {
    const text = constants.get(name);
    return text === undefined ? key : `${text}:`;
  });
}
