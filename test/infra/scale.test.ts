import { describe, expect, it } from 'vitest';
import bank from '#functions/vendors/bank/vendor.ts';
import { environmentOf } from '#infra/config/environment.ts';
import { API_ROUTES } from '#infra/declarations/api-routes.ts';
import { manySteps } from './many.ts';
import { API, INLINE, list, synthesize } from './template.ts';

/**
 * Limits of AWS, as its service quotas pages give them. Those on policies count characters without
 * white space.
 */
const AWS = {
  resources: 500,
  templateBytes: 1_000_000,
  rolePolicy: 10_240,
  managedPolicy: 6_144,
  queuePolicy: 8_192,
  rolesInAccount: 1_000,
};
/**
 * What is left below the limit on resources is for what an automation will get besides its steps.
 */
const RESOURCES = 400;

const measured = (automations: ReturnType<typeof manySteps>[]) => {
  const environment = environmentOf({
    name: 'staging',
    region: 'ap-southeast-2', // the longest of names
    account: '111122223333',
    alarms: { emails: ['operations@example.com'] },
    api: API,
  });

  const { raw, templates } = synthesize(
    { automations, vendors: [bank], bundles: INLINE, routes: API_ROUTES },
    environment,
  );

  return [...raw].map(([stack, template]) => {
    const resources = [...templates.get(stack)!.values()];

    const most = (
      type: string,
      sizes: (properties: (typeof resources)[number]['Properties']) => readonly unknown[],
    ) =>
      Math.max(
        0,
        ...resources
          .filter(({ Type }) => Type === type)
          .flatMap(({ Properties }) =>
            sizes(Properties).map((policy) => JSON.stringify(policy).length),
          ),
      );

    return {
      stack: stack.replace('writ-staging-apse2-', ''),
      resources: resources.length,
      roles: resources.filter(({ Type }) => Type === 'AWS::IAM::Role').length,
      alarms: resources.filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm').length,
      rolePolicy: most('AWS::IAM::Role', ({ Policies = [] }) => [
        (Policies as { PolicyDocument: unknown }[]).map(({ PolicyDocument }) => PolicyDocument),
      ]),
      managedPolicy: most('AWS::IAM::ManagedPolicy', ({ PolicyDocument }) => [PolicyDocument]),
      queuePolicy: most('AWS::SQS::QueuePolicy', ({ PolicyDocument }) => list(PolicyDocument)),
      templateBytes: Buffer.byteLength(JSON.stringify(template)),
    };
  });
};

function expectWithinLimits(stacks: ReturnType<typeof measured>): void {
  for (const stack of stacks) {
    expect(stack.resources, stack.stack).toBeLessThan(RESOURCES);
    expect(stack.templateBytes, stack.stack).toBeLessThan(AWS.templateBytes);
    expect(stack.rolePolicy, stack.stack).toBeLessThan(AWS.rolePolicy);
    expect(stack.managedPolicy, stack.stack).toBeLessThan(AWS.managedPolicy);
    expect(stack.queuePolicy, stack.stack).toBeLessThan(AWS.queuePolicy);
  }
}

/** The largest of each kind of stack, and the sums. */
function print(title: string, stacks: ReturnType<typeof measured>): void {
  const largest = [...Map.groupBy(stacks, ({ stack }) => stack.split('-')[0]!)].map(
    ([kind, of]) => ({
      ...of.reduce((one, other) => (other.templateBytes > one.templateBytes ? other : one)),
      stack: of.length === 1 ? kind : `${kind} (largest of ${of.length})`,
    }),
  );

  const sum = (what: 'resources' | 'roles' | 'alarms') =>
    stacks.reduce((total, stack) => total + stack[what], 0);

  console.log(
    `${title}: ${sum('resources')} resources, ${sum('roles')} roles, ${sum('alarms')} alarms`,
  );
  console.table(largest);
}

describe('the templates stay under the limits of AWS', () => {
  it('with twenty automations of eight steps', () => {
    const stacks = measured(
      Array.from({ length: 20 }, (_, i) => manySteps(`automation-${i + 1}`, 8)),
    );
    print('20 automations × 8 steps', stacks);
    expectWithinLimits(stacks);
    expect(stacks.filter(({ stack }) => stack.startsWith('Automation'))).toHaveLength(20);
    expect(stacks.reduce((sum, { roles }) => sum + roles, 0)).toBeLessThan(AWS.rolesInAccount);
  });

  it('with twenty automations whose names are the longest', () => {
    const longest = (i: number) => `a${String(i).padStart(2, '0')}`.padEnd(32, '-automation');
    const stacks = measured(Array.from({ length: 20 }, (_, i) => manySteps(longest(i), 2)));
    print('20 automations of 32 letters', stacks);
    expectWithinLimits(stacks.filter(({ stack }) => stack === 'Api'));
  });

  it('with one automation of thirty steps', () => {
    const stacks = measured([manySteps('automation-1', 30)]);
    print('1 automation × 30 steps', stacks);
    expectWithinLimits(stacks);
  });
});
