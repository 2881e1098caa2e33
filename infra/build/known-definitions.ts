import type { Plugin } from 'esbuild';
import { automationNames, loadFlow } from '../declarations/folders.ts';

/**
 * Puts the definition hash of each automation into its bundles, in place of the code that computes
 * it. The code takes 40 KB, most of it the writer of JSON schemas, which every cold start would
 * load.
 *
 * The hashes are computed here by that code, from the sources that are bundled.
 */
export async function knownDefinitions(): Promise<Plugin> {
  const flows = await Promise.all(automationNames().map(loadFlow));
  const hashes = Object.fromEntries(flows.map(({ name, definition }) => [name, definition]));

  return {
    name: 'known-definitions',
    setup(esbuild) {
      esbuild.onLoad({ filter: /[\\/]shared[\\/]automation[\\/]definition\.ts$/ }, () => ({
        contents: `const HASHES = ${JSON.stringify(hashes)};\nexport const definitionHash = ({ name }) => HASHES[name];\n`,
        loader: 'js',
      }));
    },
  };
}
