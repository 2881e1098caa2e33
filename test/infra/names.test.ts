import { describe, expect, it } from 'vitest';
import bank from '#functions/vendors/bank/vendor.ts';
import { planFunctions } from '#infra/build/function-plan.ts';
import { API_ROUTES } from '#infra/declarations/api-routes.ts';
import { authorityLock } from '#infra/lock/authority-lock.ts';
import { manySteps } from './many.ts';
import { API, INLINE, synthesize } from './template.ts';

/**
 * Allowed, and like something of the platform: tables, stacks, alarms, kinds of functions and of
 * documents, a vendor.
 */
const ODD = [
  'archive',
  'bank',
  'dead',
  'edge',
  'findings',
  'gate',
  'intake',
  'keys',
  'ledger',
  'main',
  'run',
  'run-s',
  'state',
  'watch',
];

const platform = (await planFunctions()).filter(({ automation }) => automation === undefined);
/** What names of functions of the platform begin with. */
const taken = [...new Set(platform.map(({ name }) => name.split('.', 1)[0] ?? name))];

describe('an automation', () => {
  it.each([...taken, 'vendors', 'environment', 'functions'])(
    'cannot be called %s, like something of the platform',
    (name) => {
      expect(() => manySteps(name, 1)).toThrow(
        expect.objectContaining({ code: 'automation.invalid' }),
      );
    },
  );

  it('shares no name of a resource, a role, a log group or an alarm with anything, whatever it is called', () => {
    const parts = {
      automations: ODD.map((name) => manySteps(name, 1)),
      vendors: [bank],
      bundles: INLINE,
      routes: API_ROUTES,
    };

    const { templates } = synthesize(parts, {
      name: 'dev',
      region: 'eu-central-1',
      api: API,
      egress: { mode: 'isolated' },
    });

    const names = [...templates.values()].flatMap((stack) =>
      [...stack.values()].flatMap(({ Type, Properties }) => {
        const property = NAMED[Type];
        return property === undefined ? [] : [`${Type} ${String(Properties[property])}`];
      }),
    );

    expect(new Set(names.map((name) => name.split(' ')[0])).size).toBe(Object.keys(NAMED).length);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it('is one thing in the lock of authority: no function has the name of an automation', () => {
    const { automations, functions } = authorityLock({
      automations: ODD.map((name) => manySteps(name, 1)),
      vendors: [bank],
    });
    expect(Object.keys(automations)).toEqual(ODD);
    expect(Object.keys(functions).filter((name) => ODD.includes(name))).toEqual([]);
    expect(Object.keys(functions).filter((name) => !name.includes('.')).length).toBeGreaterThan(0);
  });
});

/**
 * What has a name that derives from that of a function or of an automation, and in which property.
 */
const NAMED: Readonly<Record<string, string>> = {
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::Scheduler::ScheduleGroup': 'Name',
  'AWS::SecretsManager::Secret': 'Name',
};
