import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkConfiguration } from '#infra/config/check-configuration.ts';
import shipped from '#infra/config.ts';
import brownfield from '#infra/samples/brownfield.ts';
import severalAccounts from '#infra/samples/several-accounts.ts';
import { placeStacks } from '#infra/stacks/place-stacks.ts';
import { EVERYTHING } from './everything.ts';
import { APP_CONTEXT, INLINE, withApi } from './template.ts';

const configurations = [shipped, severalAccounts, brownfield].map((configuration) =>
  checkConfiguration(configuration),
);

function app(validation: boolean): App {
  return new App({ context: APP_CONTEXT, builtinCloudFormationValidation: validation });
}

/** The app of each configuration, which both validators read. */
const apps = configurations.map((environments) => {
  const made = app(true);
  for (const environment of environments) placeStacks(made, withApi(environment), EVERYTHING);
  return made;
});

describe('the rules of others', () => {
  it('AWS Solutions finds nothing that is not acknowledged with a reason', () => {
    for (const made of apps) {
      const { violations } = new AwsSolutionsChecks(made).validateScope(made);

      expect(
        violations.map(({ ruleName, violatingResources }) => [
          ruleName,
          violatingResources.map(({ constructPath }) => constructPath),
        ]),
      ).toEqual([]);
    }
  });

  it('AWS Solutions does find something where there is something', () => {
    const made = app(false);
    const [environment] = configurations[0]!;
    placeStacks(made, environment!, { automations: [], vendors: [], bundles: INLINE });
    new Bucket(made.node.findChild(`writ-${environment!.id}-Ledger`), 'Careless');

    const { violations } = new AwsSolutionsChecks(made).validateScope(made);

    expect(violations.map(({ ruleName }) => ruleName).sort()).toEqual([
      'AwsSolutions-S1',
      'AwsSolutions-S10',
    ]);
  });

  describe('CloudFormation’s own validator', () => {
    beforeEach(() => vi.stubEnv('CDK_VALIDATION', 'true'));
    afterEach(() => vi.unstubAllEnvs());

    it.each(apps)('finds no property, type or value that it would refuse', (made) => {
      const { directory } = made.synth();
      const report = JSON.parse(
        readFileSync(join(directory, 'validation-report.json'), 'utf8'),
      ) as { pluginReports: unknown[] };

      expect(report.pluginReports).toEqual([]);
    });

    it('does find one where there is one', () => {
      const made = app(true);

      new CfnResource(new Stack(made, 'Careless'), 'Queue', {
        type: 'AWS::SQS::Queue',
        properties: { Name: 'no such property' },
      });

      expect(() => made.synth()).toThrow(
        /Additional properties are not allowed \('Name' was unexpected\)/,
      );
    });
  });
});
