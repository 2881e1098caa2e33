import { describe, expect, it } from 'vitest';
import invoice from '#functions/automations/invoice-approval/automation.ts';
import bank from '#functions/vendors/bank/vendor.ts';
import { authoritiesOfApi, GROUPS } from '#infra/authority/api-authority.ts';
import { authoritiesOf, authorityOfVendor } from '#infra/authority/authority.ts';
import { dataKeyPolicy } from '#infra/authority/policies.ts';
import { environmentOf } from '#infra/config/environment.ts';
import { type Arns, arnsOf } from '#infra/naming/arns.ts';
import { subjectKeyTarget, workspaceKeyTarget } from '#shared/crypto/index.ts';
import { list, target, WORKSPACES, workspaceTarget } from '#shared/engine/index.ts';
import { directoryTarget } from '#shared/identity/person.ts';
import { DATA_CLASSES, SEALED_CLASSES } from '#shared/kernel/index.ts';
import {
  batchGetItem,
  type Caller,
  decrypt,
  evaluate,
  executeTransaction,
  generateDataKey,
  getSecretValue,
  invokeFunction,
  onQueue,
  query,
  type Request,
} from '../iam/index.ts';
import refund from './made-up.ts';
import { ARNS } from './template.ts';

const automations = [invoice, refund];
const CELL = arnsOf(environmentOf({ name: 'dev', region: 'eu-central-1', cell: 'acme' }), {
  partition: 'aws',
  region: 'eu-central-1',
  account: ARNS.account,
  dataKey: ARNS.dataKey,
  secret: ARNS.secret,
});

/**
 * Every function of an environment, and what the statements of each allow, boundary and policies of
 * resources left aside.
 */
function functionsIn(arns: Arns, front = false) {
  const all = [
    ...automations.flatMap((flow) => authoritiesOf(flow, arns)),
    authorityOfVendor(bank, arns),
    ...authoritiesOfApi({ automations, arns, cdn: front }),
  ];

  const may = (name: string, calls: (caller: Caller) => Request[]): boolean => {
    const fn = all.find((one) => one.name === name) ?? expect.fail(`no function ${name}`);
    const caller = {
      role: arns.role(name, fn.writer),
      region: 'eu-central-1',
      function: arns.function(name),
    };

    const identity = [{ Version: '2012-10-17', Statement: fn.statements }];
    const ofKey = { Version: '2012-10-17', Statement: dataKeyPolicy(arns) };

    return calls(caller).every((request) => {
      const of =
        request.resource === arns.dataKey ? { identity, resourcePolicy: ofKey } : { identity };
      return evaluate(request, of).decision === 'allowed';
    });
  };

  return {
    all,
    may,
    who: (calls: (caller: Caller) => Request[]) =>
      all.map(({ name }) => name).filter((name) => may(name, calls)),
  };
}

const { all, may, who } = functionsIn(ARNS);
const run = { automation: 'invoice-approval', workspace: 'acme', run: 'r1' };
const SIGNED_IN = GROUPS.filter((group) => group !== 'health');
const STORED = ['pk', 'sk', 'name', 'rev', 'commitment', 'body'];

const reads =
  (key: string, table = ARNS.state) =>
  (caller: Caller) =>
    batchGetItem(caller, [{ table, key }]);
const finds = (key: string, table: string, index: string) => (caller: Caller) =>
  query(caller, { table, index, key });
const writes =
  (
    kind: 'Insert' | 'Update' | 'Delete',
    key: string,
    table = ARNS.state,
    attributes: readonly string[] = STORED,
  ) =>
  (caller: Caller) =>
    executeTransaction(caller, [{ kind, table, key, attributes }]);
const makes = (context: Record<string, string>) => (caller: Caller) =>
  generateDataKey(caller, ARNS.dataKey, context);
const opens = (context: Record<string, string>) => (caller: Caller) =>
  decrypt(caller, ARNS.dataKey, context);

describe('of the functions of an environment', () => {
  it('only that of gates inserts decisions, and none changes or removes one', () => {
    const decision = target.decision(run, 'approve-payment');
    expect(who(writes('Insert', decision))).toEqual(['gates']);
    for (const kind of ['Update', 'Delete'] as const)
      expect(who(writes(kind, decision))).toEqual([]);
  });

  it('that of gates decides for automations that are deployed, and for no other', () => {
    expect(
      may('gates', writes('Insert', target.decision({ ...run, automation: 'gone' }, 'first'))),
    ).toBe(false);
    // what was decided is still shown
    expect(may('gates', reads(target.gate({ ...run, automation: 'gone' }, 'first')))).toBe(true);
  });

  it('none but those of the API read the directory', () => {
    const api = [...SIGNED_IN];
    for (const key of [
      directoryTarget.person('p1'),
      directoryTarget.role('paralegal'),
      workspaceTarget('acme'),
    ])
      expect(who(reads(key))).toEqual(api);

    expect(who(reads(`token#people#login.${'x'.repeat(43)}`, ARNS.keys))).toEqual(api);
    expect(who(opens({ workspace: 'people', purpose: 'token' }))).toEqual(api);
    expect(who(finds('people', ARNS.state, 'list'))).toEqual(['people']);
  });

  it('none but those of the API read or enter a row of the directory, keys included', () => {
    for (const key of [
      workspaceKeyTarget({ workspace: 'people', purpose: 'token' }),
      workspaceKeyTarget({ workspace: 'people', class: 'personal' }),
      subjectKeyTarget('people', 'personal', 's1'),
      `token#people#login.${'x'.repeat(43)}`,
      `token#people#supplier.${'x'.repeat(43)}`,
    ]) {
      const ofAutomations = (names: readonly string[]) =>
        names.filter((name) => name.includes('.'));
      expect([key, ofAutomations(who(reads(key, ARNS.keys)))]).toEqual([key, []]);
      expect([key, ofAutomations(who(writes('Insert', key, ARNS.keys)))]).toEqual([key, []]);
    }
  });

  it('that of people opens names, and no value of a workspace', () => {
    expect(who(opens({ workspace: 'people', class: 'personal' }))).toEqual(['people']);
    for (const dataClass of SEALED_CLASSES)
      for (const group of GROUPS)
        expect([group, may(group, opens({ workspace: 'acme', class: dataClass }))]).toEqual([
          group,
          false,
        ]);
  });

  it('that of people has keys of the directory made and of no workspace, that of workspaces the other way round', () => {
    for (const what of [
      ...SEALED_CLASSES.map((dataClass) => ({ class: dataClass })),
      { purpose: 'token' },
      { purpose: 'run-id' },
    ]) {
      expect(who(makes({ workspace: 'people', ...what }))).toEqual(['people']);
      expect(who(makes({ workspace: 'acme', ...what }))).toEqual(['workspaces']);
    }

    expect(who(makes({ workspace: 'acme', purpose: 'vault' }))).toEqual([]);
  });

  it('that of workspaces enters workspaces and their keys, no subject’s and none of the directory', () => {
    const named = [...STORED, 'listName', 'listSort'];

    expect(who(writes('Insert', workspaceTarget('acme'), ARNS.state, named))).toEqual([
      'workspaces',
    ]);
    expect(who(writes('Insert', workspaceTarget('people'), ARNS.state, named))).toEqual(['people']);

    for (const dataClass of SEALED_CLASSES) {
      const row = (workspace: string) => workspaceKeyTarget({ workspace, class: dataClass });
      expect(who(writes('Insert', row('acme'), ARNS.keys))).toEqual(['workspaces']);
      expect(who(writes('Insert', row('people'), ARNS.keys))).toEqual(['people']);
      expect(
        may('workspaces', writes('Insert', subjectKeyTarget('acme', dataClass, 's1'), ARNS.keys)),
      ).toBe(false);
      expect(
        may('workspaces', writes('Insert', subjectKeyTarget('people', dataClass, 's1'), ARNS.keys)),
      ).toBe(false);
    }
  });

  it('that of people enters people and the first admin, and changes nobody', () => {
    const named = [...STORED, 'listName', 'listSort'];
    for (const key of [directoryTarget.person('p1'), directoryTarget.firstAdmin]) {
      expect(who(writes('Insert', key, ARNS.state, named))).toEqual(['people']);
      for (const kind of ['Update', 'Delete'] as const) expect(who(writes(kind, key))).toEqual([]);
    }

    expect(who(writes('Insert', directoryTarget.role('admin'), ARNS.state, named))).toEqual([]);

    const login = `token#people#login.${'x'.repeat(43)}`;
    expect(who(writes('Insert', login, ARNS.keys))).toEqual(['people']);
    expect(who(writes('Insert', `token#acme#login.${'x'.repeat(43)}`, ARNS.keys))).toEqual([]);
  });

  it('that of the trail reads entries and no other does, and it writes nothing but its own', () => {
    expect(who(reads('invoice-approval.pay#i1', ARNS.trail))).toEqual(['trail']);
    expect(who(finds('r1', ARNS.trail, 'run'))).toEqual(['trail']);

    const written = all
      .find(({ name }) => name === 'trail')
      ?.statements.filter(({ Action }) => !Action?.every(isReading));

    expect(written?.map(({ Sid }) => Sid)).toEqual([
      'AppendEntries',
      'CallFunction',
      'WriteLogLines',
    ]);

    for (const writer of all)
      expect(may('trail', writes('Insert', `${writer.name}#i1`, ARNS.trail))).toBe(
        writer.name === 'trail',
      );
  });

  it('that of runs shows public and internal fields, has intakes start runs, and changes none', () => {
    for (const dataClass of DATA_CLASSES)
      expect([dataClass, may('runs', reads(target.fields(run, dataClass)))]).toEqual([
        dataClass,
        ['public', 'internal'].includes(dataClass),
      ]);

    expect(
      who((caller) => invokeFunction(caller, ARNS.function('invoice-approval.intake'))),
    ).toEqual(['runs']);
    expect(may('runs', finds(list.runs('invoice-approval', 'acme'), ARNS.state, 'list'))).toBe(
      true,
    );

    for (const group of GROUPS)
      for (const kind of ['Insert', 'Update', 'Delete'] as const)
        for (const key of [
          target.run(run),
          target.control(run),
          target.gate(run, 'g'),
          target.fields(run, 'internal'),
        ])
          expect([group, kind, key, may(group, writes(kind, key))]).toEqual([
            group,
            kind,
            key,
            false,
          ]);
  });

  it('that of automations sees how far one is trusted, and cannot change it', () => {
    expect(SIGNED_IN.filter((group) => may(group, reads(target.control(run))))).toEqual([
      'automations',
    ]);
  });

  it('that of gates wakes intakes, and no other of the API wakes anything', () => {
    for (const { name } of authoritiesOfApi({ automations, arns: ARNS, cdn: false }))
      for (const to of all)
        expect([
          name,
          to.name,
          may(name, (caller) => onQueue(caller, 'SendMessage', ARNS.queue(to.name))),
        ]).toEqual([name, to.name, name === 'gates' && to.name.endsWith('.intake')]);
  });

  it('those that answer anybody or fetch keys can write log lines and nothing else', () => {
    for (const name of ['health', 'issuer']) {
      const { statements, writer, isolated: inside } = all.find((one) => one.name === name)!;
      expect(statements.map(({ Sid }) => Sid)).toEqual(['WriteLogLines']);
      expect([name, writer, inside]).toEqual([name, false, name === 'health']);
    }
  });

  it('those that ask who is there read what CloudFront proves itself by, where it is in front, and no other secret', () => {
    const behind = functionsIn(ARNS, true);
    const secret = (caller: Caller) => getSecretValue(caller, ARNS.secret('api', 'origin-header'));
    expect([who(secret), behind.who(secret)]).toEqual([[], SIGNED_IN]);

    for (const group of GROUPS)
      expect(
        behind.may(group, (caller) =>
          getSecretValue(caller, ARNS.secret('vendor.bank', 'bank-api-token')),
        ),
      ).toBe(false);
  });
});

it('in a cell the API is of its workspace, and of people', () => {
  const cell = functionsIn(CELL);
  const named = [...STORED, 'listName', 'listSort'];

  for (const [workspace, own] of [
    ['acme', true],
    ['globex', false],
  ] as const) {
    expect(cell.may('runs', reads(target.run({ ...run, workspace }), CELL.state))).toBe(own);
    expect(
      cell.may('gates', writes('Insert', target.decision({ ...run, workspace }, 'g'), CELL.state)),
    ).toBe(own);
    expect(
      cell.may('workspaces', writes('Insert', workspaceTarget(workspace), CELL.state, named)),
    ).toBe(own);
    expect(cell.may('workspaces', makes({ workspace, class: 'financial' }))).toBe(own);
  }

  expect(cell.may('workspaces', makes({ workspace: 'people', class: 'financial' }))).toBe(false);
  expect(cell.may('people', reads(directoryTarget.person('p1'), CELL.state))).toBe(true);
  expect(cell.may('workspaces', finds(WORKSPACES, CELL.state, 'list'))).toBe(true);
  // which is in the list
  expect(cell.may('workspaces', reads(workspaceTarget('people'), CELL.state))).toBe(true);
});

describe('every function of the API', () => {
  it.each(all.filter(({ name }) => !name.includes('.')).map((fn) => [fn.name, fn] as const))(
    '%s names no wildcard action and no bare resource, writes in transactions only, each statement under a name of its own',
    (_, { statements }) => {
      expect(new Set(statements.map(({ Sid }) => Sid)).size).toBe(statements.length);

      for (const { Effect, Action = [], Resource = [], Condition = {} } of statements) {
        for (const action of Action) expect(action).not.toContain('*');

        for (const resource of Resource) expect(resource).not.toBe('*');

        const many = Object.entries(Condition).filter(([operator]) =>
          operator.startsWith('ForAllValues:'),
        );

        for (const key of many.flatMap(([, keys]) => Object.keys(keys)))
          expect(Condition.Null?.[key]).toBe('false');

        if (Effect === 'Allow' && Action.some((action) => action.startsWith('dynamodb:PartiQL')))
          expect(Condition.StringEquals?.['dynamodb:EnclosingOperation']).toBe(
            'ExecuteTransaction',
          );
      }
    },
  );
});

const isReading = (action: string) =>
  /^(?:dynamodb:(?:BatchGetItem|Query)|kms:Decrypt)$/.test(action);
