import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { automationNames, loadFlow, loadVendor, vendorNames } from './build.ts';
import { bundlesIn } from './bundles.ts';
import { type Configuration, checkConfiguration } from './check-configuration.ts';
import { placeStacks } from './stacks/place-stacks.ts';

const app = new App();
/** `-c config=FILE` takes another configuration file, such as one of `infra/samples`. */
const file = resolve((app.node.tryGetContext('config') as string | undefined) ?? join(import.meta.dirname, 'config.ts'));
const { default: configuration } = (await import(file)) as { default: Configuration };
const parts = {
  bundles: bundlesIn(join(import.meta.dirname, '../dist/functions')),
  automations: await Promise.all(automationNames().map(loadFlow)),
  vendors: await Promise.all(vendorNames().map(loadVendor)),
};
for (const environment of checkConfiguration(configuration, process.env.CDK_DEFAULT_ACCOUNT)) placeStacks(app, environment, parts);
app.synth();
