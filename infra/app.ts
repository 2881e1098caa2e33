import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { isWritError } from '#shared/kernel/index.ts';
import { bundlesIn } from './bundles.ts';
import { type Configuration, checkConfiguration } from './check-configuration.ts';
import { ConfigurationError } from './errors.ts';
import { automationNames, loadFlow, loadVendor, vendorNames } from './folders.ts';
import { placeStacks } from './stacks/place-stacks.ts';

async function synthesize(app: App): Promise<void> {
  const configuration = await configurationOf(app);
  const parts = {
    bundles: bundlesIn(join(import.meta.dirname, '../dist/functions')),
    automations: await Promise.all(automationNames().map(loadFlow)),
    vendors: await Promise.all(vendorNames().map(loadVendor)),
  };
  for (const environment of checkConfiguration(configuration, process.env.CDK_DEFAULT_ACCOUNT)) placeStacks(app, environment, parts);
  app.synth();
}

/** `-c config=FILE` takes another configuration file, such as one of `infra/samples`. */
async function configurationOf(app: App): Promise<Configuration> {
  const file = resolve((app.node.tryGetContext('config') as string | undefined) ?? join(import.meta.dirname, 'config.ts'));
  if (!existsSync(file)) throw new ConfigurationError([`there is no configuration file ${file}`]);
  return ((await import(file)) as { default: Configuration }).default;
}

try {
  await synthesize(new App());
} catch (error) {
  if (!isWritError(error)) throw error;
  console.error(error.message); // where in our code it was thrown helps nobody
  process.exitCode = 1;
}
