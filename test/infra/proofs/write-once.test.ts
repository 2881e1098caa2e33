import { describe, expect, it } from 'vitest';
import { SEQUENCER } from '#infra/authority/policies.ts';
import { environmentOf } from '#infra/config/environment.ts';
import { STORED } from '#shared/ledger/tables.ts';
import {
  batchGetItem,
  batchWriteItem,
  type Caller,
  call,
  decrypt,
  deleteItem,
  deleteObject,
  executeStatements,
  executeTransaction,
  generateDataKey,
  getSecretValue,
  onQueue,
  putItem,
  putObject,
  putObjectRetention,
  query,
  type Request,
  scan,
  transactWriteItems,
  updateItem,
} from '../../iam/index.ts';
import { accountOf } from './account.ts';
import { DECLARED } from './belongings.ts';

const PROD = environmentOf({
  name: 'prod',
  region: 'eu-central-1',
  account: '333344445555',
  archive: { account: '444455556666' },
});
const account = accountOf(PROD);
const { arns } = account;
/** Somebody with every right that an identity can have, and no boundary. */
const ADMINISTRATOR: Caller = {
  role: 'arn:aws:iam::333344445555:role/Administrator',
  region: 'eu-central-1',
};
const EVERYTHING = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};
/**
 * Every principal of the templates: functions by their code and by Lambda, and whatever other role
 * there is.
 */
const principals: Caller[] = [
  ...DECLARED.flatMap(({ name }) => [account.code(name), account.onBehalfOf(name)]),
  ...account.roles.map((role) => ({ role, region: 'eu-central-1' })),
];

const entry = { table: arns.trail, key: 'invoice-approval.pay#i1', attributes: STORED };
const changes: [string, (caller: Caller) => Request[]][] = [
  ['PutItem', (caller) => putItem(caller, entry)],
  ['UpdateItem', (caller) => updateItem(caller, entry)],
  ['DeleteItem', (caller) => deleteItem(caller, entry)],
  ['BatchWriteItem', (caller) => batchWriteItem(caller, [entry])],
  ['a Put in a transaction', (caller) => transactWriteItems(caller, [{ kind: 'Put', ...entry }])],
  [
    'an Update in a transaction',
    (caller) => transactWriteItems(caller, [{ kind: 'Update', ...entry }]),
  ],
  [
    'a Delete in a transaction',
    (caller) => transactWriteItems(caller, [{ kind: 'Delete', ...entry }]),
  ],
  ['PartiQL UPDATE', (caller) => executeStatements(caller, [{ kind: 'Update', ...entry }])],
  ['PartiQL DELETE', (caller) => executeStatements(caller, [{ kind: 'Delete', ...entry }])],
  [
    'PartiQL UPDATE in a transaction',
    (caller) => executeTransaction(caller, [{ kind: 'Update', ...entry }]),
  ],
  [
    'PartiQL DELETE in a transaction',
    (caller) => executeTransaction(caller, [{ kind: 'Delete', ...entry }]),
  ],
];

describe('an entry', () => {
  it.each(changes)(
    'is changed, removed or overwritten by nobody of the templates, through %s',
    (_, change) => {
      for (const caller of principals)
        expect([caller.role, account.ask(change(caller)).decision]).toEqual([
          caller.role,
          'denied',
        ]);
    },
  );

  it.each(changes)('… nor by an administrator, through %s', (_, change) => {
    expect(account.askAs(EVERYTHING, change(ADMINISTRATOR))).toMatchObject({
      by: 'explicit-deny',
      layer: 'resourcePolicy',
      sid: 'NobodyChangesEntries',
    });
  });

  it('is appended by a writer, in its own pages and in a transaction, and by nobody else', () => {
    for (const { name, writer } of DECLARED) {
      const append = (page: string) =>
        executeTransaction(account.code(name), [
          { kind: 'Insert', table: arns.trail, key: page, attributes: [...STORED, 'run'] },
        ]);

      expect([name, account.ask(append(`${name}#i1`)).decision]).toEqual([
        name,
        writer ? 'allowed' : 'denied',
      ]);

      expect(account.ask(append(`${name}x#i1`)).decision).toBe('denied');

      const alone = executeStatements(account.code(name), [
        { kind: 'Insert', table: arns.trail, key: `${name}#i1`, attributes: STORED },
      ]);

      expect(account.ask(alone).decision).toBe('denied');
    }

    const forged = executeTransaction(ADMINISTRATOR, [{ kind: 'Insert', ...entry }]);

    expect(account.askAs(EVERYTHING, forged)).toMatchObject({
      by: 'explicit-deny',
      layer: 'resourcePolicy',
      sid: 'OnlyWritersAppend',
    });
  });
});

describe('the archive', () => {
  const object = {
    bucket: arns.archive.replace('arn:aws:s3:::', ''),
    key: 'batch/0-99',
    account: '444455556666',
  };

  const lock = {
    mode: 'GOVERNANCE',
    retainUntil: '2027-01-01T00:00:00Z',
    remainingDays: 1,
  } as const;

  const touches: [string, (caller: Caller) => Request[]][] = [
    ['put', (caller) => putObject(caller, object, { ifNoneMatch: '*' })],
    ['overwritten', (caller) => putObject(caller, object)],
    ['marked deleted', (caller) => deleteObject(caller, object)],
    ['removed', (caller) => deleteObject(caller, object, 'v1')],
    ['removed past its lock', (caller) => deleteObject(caller, object, 'v1', true)],
    ['kept for less time', (caller) => putObjectRetention(caller, object, lock)],
    [
      'kept for less time past its lock',
      (caller) => putObjectRetention(caller, object, lock, true),
    ],
  ];

  it.each(touches)('has nothing %s by anybody of the templates', (_, touch) => {
    for (const caller of principals)
      expect([caller.role, account.ask(touch(caller)).decision]).toEqual([caller.role, 'denied']);
  });

  it.each(touches)(
    'has nothing %s by an administrator of the environment’s account or of its own',
    (_, touch) => {
      for (const owner of ['333344445555', '444455556666']) {
        const caller = { ...ADMINISTRATOR, role: `arn:aws:iam::${owner}:role/Administrator` };
        expect(account.askAs(EVERYTHING, touch(caller))).toMatchObject({
          by: 'explicit-deny',
          layer: 'resourcePolicy',
        });
      }
    },
  );

  it('takes each object once from the sequencer, which is not there yet and whose name nothing else can take', () => {
    const sequencer: Caller = { role: arns.role(SEQUENCER, false), region: 'eu-central-1' };
    const puts = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: `${arns.archive}/*` }],
    };

    expect(account.askAs(puts, putObject(sequencer, object, { ifNoneMatch: '*' })).decision).toBe(
      'allowed',
    );
    expect(account.askAs(puts, putObject(sequencer, object))).toMatchObject({
      by: 'explicit-deny',
      sid: 'EachKeyOnce',
    });

    expect(account.askAs(EVERYTHING, deleteObject(sequencer, object, 'v1'))).toMatchObject({
      by: 'explicit-deny',
      sid: 'NobodyRemoves',
    });

    expect(account.roles).not.toContain(sequencer.role);
  });

  it('has its policy, its lock and its lifecycle changed by whoever deploys, and by nobody else', () => {
    for (const action of [
      's3:PutBucketPolicy',
      's3:DeleteBucketPolicy',
      's3:PutBucketObjectLockConfiguration',
      's3:PutLifecycleConfiguration',
      's3:PutBucketVersioning',
      's3:DeleteBucket',
    ]) {
      const by = (role: string) =>
        account.askAs(EVERYTHING, [
          call({ role, region: 'eu-central-1' }, action, arns.archive, {}, '444455556666'),
        ]);

      expect(by('arn:aws:iam::444455556666:role/Administrator')).toMatchObject({
        by: 'explicit-deny',
        sid: 'OnlyDeploymentChanges',
      });

      expect(
        by('arn:aws:iam::444455556666:role/cdk-hnb659fds-cfn-exec-role-444455556666-eu-central-1')
          .decision,
      ).toBe('allowed');
    }
  });
});

describe('nobody of the templates', () => {
  it('signs anything', () => {
    for (const caller of principals)
      for (const action of ['kms:Sign', 'kms:GenerateMac'])
        expect([caller.role, account.ask([call(caller, action, arns.dataKey)]).decision]).toEqual([
          caller.role,
          'denied',
        ]);
  });

  it('makes a key for a workspace but the function of workspaces, and one for people but the function of people', () => {
    for (const [workspace, maker] of [
      ['acme', 'workspaces'],
      ['people', 'people'],
    ] as const)
      for (const [what, named] of [
        ['class', 'financial'],
        ['purpose', 'token'],
      ] as const)
        for (const caller of principals) {
          const asked = account.ask(
            generateDataKey(caller, arns.dataKey, { workspace, [what]: named }),
          );

          expect([caller.role, asked.decision]).toEqual([
            caller.role,
            caller.role === arns.role(maker, true) ? 'allowed' : 'denied',
          ]);
        }
  });

  it('reads an entry but the function of the trail, whatever else it is allowed', () => {
    for (const caller of principals)
      for (const attempt of [
        batchGetItem(caller, [{ table: arns.trail, key: entry.key }]),
        query(caller, { table: arns.trail, index: 'run', key: 'r1' }),
      ])
        expect([caller.role, account.ask(attempt).decision]).toEqual([
          caller.role,
          caller.role === arns.role('trail', true) ? 'allowed' : 'denied',
        ]);

    const more = account.askAs(
      EVERYTHING,
      batchGetItem(account.code('runs'), [{ table: arns.trail, key: entry.key }]),
    );

    expect(more).toMatchObject({
      by: 'explicit-deny',
      layer: 'resourcePolicy',
      sid: 'OnlyOneReads',
    });
  });

  it('makes a key or opens one without saying for which workspace and class', () => {
    for (const caller of principals) {
      const asks = [
        generateDataKey(caller, arns.dataKey, { class: 'financial' }),
        generateDataKey(caller, arns.dataKey, { workspace: 'acme', class: 'financial', more: 'x' }),
        generateDataKey(caller, arns.dataKey, { workspace: 'acme', purpose: 'vault' }),
        decrypt(caller, arns.dataKey, {}),
        decrypt(caller, arns.dataKey, { class: 'financial' }),
        decrypt(caller, arns.dataKey, { workspace: 'acme', class: 'financial', more: 'x' }),
      ];

      for (const ask of asks)
        expect([caller.role, account.ask(ask).decision]).toEqual([caller.role, 'denied']);
    }
  });

  it('becomes another role, or touches an identity', () => {
    for (const caller of principals)
      for (const action of [
        'sts:AssumeRole',
        'iam:PassRole',
        'iam:PutRolePolicy',
        'iam:CreateRole',
      ])
        expect(
          account.ask([call(caller, action, 'arn:aws:iam::333344445555:role/Administrator')])
            .decision,
        ).toBe('denied');
  });
});

describe('an administrator with every right', () => {
  it('cannot use the data key', () => {
    const context = { workspace: 'acme', class: 'financial' };
    for (const use of [
      decrypt(ADMINISTRATOR, arns.dataKey, context),
      generateDataKey(ADMINISTRATOR, arns.dataKey, context),
    ])
      expect(account.askAs(EVERYTHING, use)).toMatchObject({
        by: 'explicit-deny',
        layer: 'resourcePolicy',
        sid: 'OnlyFunctionsUseIt',
      });
  });

  it('reads and writes nothing in any table', () => {
    for (const table of [arns.state, arns.trail, arns.keys])
      for (const attempt of [
        batchGetItem(ADMINISTRATOR, [{ table, key: 'x' }]),
        scan(ADMINISTRATOR, { table }),
        executeStatements(ADMINISTRATOR, [{ kind: 'Select', table }]),
        putItem(ADMINISTRATOR, { table, key: 'x' }),
        executeTransaction(ADMINISTRATOR, [{ kind: 'Insert', table, key: 'x' }]),
      ])
        expect(account.askAs(EVERYTHING, attempt)).toMatchObject({
          by: 'explicit-deny',
          layer: 'resourcePolicy',
        });

    for (const [table, index] of [
      [arns.state, 'list'],
      [arns.trail, 'run'],
    ] as const)
      expect(
        account.askAs(EVERYTHING, query(ADMINISTRATOR, { table, index, key: 'x' })),
      ).toMatchObject({ by: 'explicit-deny' });
  });

  it('cannot read a secret, wake a step or empty a queue', () => {
    const queue = arns.queue('invoice-approval.pay');
    for (const attempt of [
      getSecretValue(ADMINISTRATOR, arns.secret('vendor.bank', 'bank-api-token')),
      onQueue(ADMINISTRATOR, 'SendMessage', queue),
      onQueue(ADMINISTRATOR, 'PurgeQueue', queue),
      onQueue(ADMINISTRATOR, 'SetQueueAttributes', queue),
      onQueue(ADMINISTRATOR, 'PurgeQueue', arns.deadLetters('invoice-approval.pay')),
    ])
      expect(account.askAs(EVERYTHING, attempt)).toMatchObject({
        by: 'explicit-deny',
        layer: 'resourcePolicy',
      });
  });
});
