import type { Plugin } from 'esbuild';
import { automationNames, loadFlow } from '../declarations/folders.ts';

/**
 * Replaces the code that computes the definition hash of an automation by the hash itself. The code
 * has 40 KB, most of it the JSON schema writer, which every cold start would load.
 *
 * The build computes the hashes with that code, from the sources it bundles.
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
