import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { automationNames, loadFlow, loadVendor, vendorNames } from './build.ts';
import { bundlesIn } from './bundles.ts';
import { ENVIRONMENTS } from './config.ts';
import { placeStacks } from './stacks/place-stacks.ts';

const parts = {
  bundles: bundlesIn(join(import.meta.dirname, '../dist/functions')),
  automations: await Promise.all(automationNames().map(loadFlow)),
  vendors: await Promise.all(vendorNames().map(loadVendor)),
};
const app = new App();
for (const environment of ENVIRONMENTS) placeStacks(app, environment, parts);
app.synth();
