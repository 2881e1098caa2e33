import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkConfiguration } from './check-configuration.ts';
import type { Environment } from './environment.ts';
import { ConfigurationError } from './errors.ts';

/** The file that operators edit. */
export const CONFIGURATION_FILE = join(import.meta.dirname, '../config.ts');

/**
 * The environments of a configuration file, with every setting decided.
 *
 * @param deployer - See `checkConfiguration`.
 * @throws {@link ConfigurationError} when there is no such file, or when it is refused.
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
