import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { isWritError } from '#shared/kernel/index.ts';
import { bundlesIn } from './build/bundles.ts';
import { readConfiguration } from './config/read-configuration.ts';
import { API_ROUTES } from './declarations/api-routes.ts';
import { loadDeclarations } from './declarations/declared.ts';
import { placeStacks } from './stacks/place-stacks.ts';
import { assertUnchanged } from './versions.ts';

/**
 * Synthesizes the stacks. `-c config=FILE` selects a different configuration file, such as one of
 * `infra/samples`.
 */
async function synthesize(app: App): Promise<void> {
  const environments = await readConfiguration(
    app.node.tryGetContext('config') as string | undefined,
    process.env.CDK_DEFAULT_ACCOUNT,
  );

  const known = await loadDeclarations();
  assertUnchanged(known.automations);

  const parts = {
    ...known,
    routes: API_ROUTES,
    bundles: bundlesIn(join(import.meta.dirname, '../dist/functions')),
  };

  for (const environment of environments) placeStacks(app, environment, parts);

  app.synth();
}

try {
  await synthesize(new App());
} catch (error) {
  if (!isWritError(error)) throw error;
  // a stack trace of our code would not help an operator
  console.error(error.message);
  if (error.help !== undefined) console.error(`help: ${error.help}`);
  process.exitCode = 1;
}
