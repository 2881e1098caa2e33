import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkConfiguration } from './check-configuration.ts';
import type { Environment } from './environment.ts';
import { ConfigurationError } from './errors.ts';

/** The configuration file that operators edit. */
export const CONFIGURATION_FILE = join(import.meta.dirname, '../config.ts');

/**
 * Reads a configuration file and returns its environments with all defaults filled in.
 *
 * @param deployer - See `checkConfiguration`.
 * @throws {@link ConfigurationError} if the file does not exist or is invalid.
 */
export async function readConfiguration(
  file: string = CONFIGURATION_FILE,
  deployer?: string,
): Promise<Environment[]> {
  const path = resolve(file);
  if (!existsSync(path)) throw new ConfigurationError([`there is no configuration file ${path}`]);

  return checkConfiguration(
    ((await import(pathToFileURL(path).href)) as { default?: unknown }).default,
    deployer,
  );
}
