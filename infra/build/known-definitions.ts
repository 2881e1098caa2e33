import type { Plugin } from 'esbuild';
import { automationNames, loadFlow } from '../declarations/folders.ts';

/**
 * Replaces the code that computes the definition hash of an automation with the hash itself. Every
 * cold start would otherwise load 40 KB of code, most of which is the JSON schema writer.
 *
 * The build computes the hashes with that code, from the bundled sources.
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
