import { describe, expect, it } from 'vitest';
import { environmentOf } from '#infra/config/environment.ts';
import { subjectKeyTarget, workspaceKeyTarget } from '#shared/crypto/index.ts';
import { target, workspaceTarget } from '#shared/engine/index.ts';
import { directoryTarget } from '#shared/identity/person.ts';
import { STORED, SWEEP } from '#shared/ledger/tables.ts';
import {
  batchGetItem,
  type Caller,
  call,
  decrypt,
  executeStatements,
  executeTransaction,
  generateDataKey,
  getSecretValue,
  invokeFunction,
  onQueue,
  putItem,
  query,
  type Request,
  scan,
  updateItem,
  writeLogLines,
} from '../../iam/index.ts';
import { accountOf } from './account.ts';
import { DECLARED } from './belongings.ts';

/**
 * Somebody runs whatever code they like inside the function of one step, with its role. These are
 * the things they would try, in words, and what IAM answers. Half of them are allowed: a list of
 * denials alone would also hold for a role that can do nothing.
 */
const account = accountOf(
  environmentOf({ name: 'staging', region: 'eu-central-1', account: '222233334444' }),
);
const { arns } = account;

const run = { automation: 'invoice-approval', workspace: 'acme', run: 'r1' };
const refund = { ...run, automation: 'made-up' };
const on = (key: string, attributes: readonly string[] = STORED) => ({
  table: arns.state,
  key,
  attributes,
});
const write =
  (kind: 'Insert' | 'Update' | 'Delete' | 'Select', key: string, attributes?: readonly string[]) =>
  (caller: Caller) =>
    executeTransaction(caller, [{ kind, ...on(key, attributes) }]);
const context = (dataClass: string) => ({ workspace: 'acme', class: dataClass });

type Scenario = readonly [
  attempt: string,
  calls: (caller: Caller) => Request[],
  answer: 'allowed' | 'denied',
];

/**
 * What hostile code in the step that pays can do, and what not. It reads `iban` (financial) and
 * calls the bank.
 */
const PAY: Record<string, Scenario[]> = {
  'its run': [
    [
      'reads the run it was woken for',
      (caller) =>
        batchGetItem(caller, [
          on(target.run(run)),
          on(target.control(run)),
          on(target.fields(run, 'financial')),
        ]),
      'allowed',
    ],
    [
      'reads every other run of its automation, in every workspace: a limit of pooled environments',
      (caller) => batchGetItem(caller, [on(target.run({ ...run, workspace: 'beta' }))]),
      'allowed',
    ],
    [
      'calls the run approved in the run document, which stands for no approval',
      write('Update', target.run(run)),
      'allowed',
    ],
    [
      'hides the run from the sweeper by another automation’s list',
      write('Update', target.run(run), [...STORED, SWEEP.partition]),
      'denied',
    ],
    ['starts a run of its own', write('Insert', target.run(run)), 'denied'],
    ['removes a run', write('Delete', target.run(run)), 'denied'],
    [
      'reads a run of another automation',
      (caller) => batchGetItem(caller, [on(target.run(refund))]),
      'denied',
    ],
    [
      'smuggles one foreign run among its own into a batch',
      (caller) => batchGetItem(caller, [on(target.run(run)), on(target.run(refund))]),
      'denied',
    ],
    [
      'reads fields of a class it does not declare',
      (caller) => batchGetItem(caller, [on(target.fields(run, 'personal'))]),
      'denied',
    ],
    [
      'writes fields of a class it only reads',
      write('Update', target.fields(run, 'financial')),
      'denied',
    ],
    [
      'overwrites the run without a transaction, so without an entry',
      (caller) => executeStatements(caller, [{ kind: 'Update', ...on(target.run(run)) }]),
      'denied',
    ],
    [
      'overwrites the run by UpdateItem',
      (caller) => updateItem(caller, on(target.run(run))),
      'denied',
    ],
    ['overwrites the run by PutItem', (caller) => putItem(caller, on(target.run(run))), 'denied'],
    ['looks through the whole table', (caller) => scan(caller, { table: arns.state }), 'denied'],
    [
      'looks through an index for what others wait for',
      (caller) =>
        query(caller, { table: arns.state, index: 'sweep', key: 'sweep#invoice-approval#0' }),
      'denied',
    ],
    [
      'looks through all runs by PartiQL',
      (caller) => executeStatements(caller, [{ kind: 'Select', table: arns.state }]),
      'denied',
    ],
  ],
  'decisions and controls': [
    [
      'reads a decision and relies on it',
      write('Select', target.decision(run, 'approve-payment')),
      'allowed',
    ],
    [
      'approves its own payment',
      write('Insert', target.decision(run, 'approve-payment')),
      'denied',
    ],
    [
      'turns a rejection into an approval',
      write('Update', target.decision(run, 'approve-payment')),
      'denied',
    ],
    ['removes a rejection', write('Delete', target.decision(run, 'approve-payment')), 'denied'],
    [
      'opens the gate at which it is supervised',
      write('Insert', target.gate(run, 'supervise-pay')),
      'allowed',
    ],
    [
      'opens a gate that another step opens',
      write('Insert', target.gate(run, 'approve-payment')),
      'denied',
    ],
    ['changes what a gate shows', write('Update', target.gate(run, 'approve-payment')), 'denied'],
    ['sets its automation to autonomous', write('Update', target.control(run)), 'denied'],
    ['makes a control where there is none', write('Insert', target.control(run)), 'denied'],
  ],
  records: [
    [
      'changes the supplier’s bank account',
      write('Update', target.record(run, 'supplier', '7')),
      'denied',
    ],
    [
      'reads a supplier it did not declare',
      (caller) => batchGetItem(caller, [on(target.record(run, 'supplier', '7'))]),
      'denied',
    ],
    [
      'registers a number it did not declare',
      write('Insert', target.record(run, 'invoice', '7')),
      'denied',
    ],
  ],
  'the trail': [
    [
      'writes an entry under its own name',
      (caller) =>
        executeTransaction(caller, [
          { kind: 'Insert', table: arns.trail, key: 'invoice-approval.pay#i1', attributes: STORED },
        ]),
      'allowed',
    ],
    [
      'writes an entry in the name of the gates',
      (caller) =>
        executeTransaction(caller, [
          { kind: 'Insert', table: arns.trail, key: 'gates#i1', attributes: STORED },
        ]),
      'denied',
    ],
    [
      'writes an entry without the change it tells of',
      (caller) =>
        executeStatements(caller, [
          { kind: 'Insert', table: arns.trail, key: 'invoice-approval.pay#i1' },
        ]),
      'denied',
    ],
    [
      'changes its own last entry',
      (caller) =>
        executeTransaction(caller, [
          { kind: 'Update', table: arns.trail, key: 'invoice-approval.pay#i1' },
        ]),
      'denied',
    ],
    [
      'reads what others wrote',
      (caller) => batchGetItem(caller, [{ table: arns.trail, key: 'invoice-approval.intake#i1' }]),
      'denied',
    ],
    [
      'reads what others wrote of a run',
      (caller) => query(caller, { table: arns.trail, index: 'run', key: 'r1' }),
      'denied',
    ],
  ],
  'sealed data': [
    [
      'opens the bank account it declared',
      (caller) => [
        ...decrypt(caller, arns.dataKey, context('financial')),
        ...batchGetItem(caller, [
          { table: arns.keys, key: subjectKeyTarget('acme', 'financial', 's1') },
        ]),
      ],
      'allowed',
    ],
    [
      'opens personal data with the key’s own service',
      (caller) => decrypt(caller, arns.dataKey, context('personal')),
      'denied',
    ],
    [
      'opens personal data by calling it financial',
      (caller) =>
        decrypt(caller, arns.dataKey, { workspace: 'acme', class: 'personal', note: 'financial' }),
      'denied',
    ],
    [
      'opens a key without saying whose',
      (caller) => decrypt(caller, arns.dataKey, { class: 'financial' }),
      'denied',
    ],
    [
      'opens the secret by which people are found',
      (caller) => decrypt(caller, arns.dataKey, { workspace: 'acme', purpose: 'token' }),
      'denied',
    ],
    [
      'reads the wrapped key of a class it does not declare',
      (caller) =>
        batchGetItem(caller, [
          { table: arns.keys, key: workspaceKeyTarget({ workspace: 'acme', class: 'health' }) },
        ]),
      'denied',
    ],
    [
      'mints a key: of every subject it meets there is one since the start',
      (caller) =>
        executeTransaction(caller, [
          {
            kind: 'Insert',
            table: arns.keys,
            key: subjectKeyTarget('acme', 'financial', 's2'),
            attributes: STORED,
          },
        ]),
      'denied',
    ],
    [
      'puts a key of its own in the place of a workspace’s',
      (caller) =>
        executeTransaction(caller, [
          {
            kind: 'Insert',
            table: arns.keys,
            key: workspaceKeyTarget({ workspace: 'acme', class: 'financial' }),
          },
        ]),
      'denied',
    ],
    [
      'brings an erased subject back',
      (caller) =>
        executeTransaction(caller, [
          { kind: 'Update', table: arns.keys, key: subjectKeyTarget('acme', 'financial', 's1') },
        ]),
      'denied',
    ],
    [
      'erases a subject',
      (caller) =>
        executeTransaction(caller, [
          { kind: 'Delete', table: arns.keys, key: subjectKeyTarget('acme', 'financial', 's1') },
        ]),
      'denied',
    ],
    [
      'asks the directory who somebody is',
      (caller) => batchGetItem(caller, [{ table: arns.keys, key: 'token#acme#contact.x' }]),
      'denied',
    ],
    [
      'makes a new workspace key',
      (caller) => generateDataKey(caller, arns.dataKey, context('financial')),
      'denied',
    ],
    [
      'lets somebody else use the key',
      (caller) => [call(caller, 'kms:CreateGrant', arns.dataKey)],
      'denied',
    ],
  ],
  messages: [
    [
      'wakes the step after it',
      (caller) => onQueue(caller, 'SendMessage', arns.queue('invoice-approval.tell-supplier')),
      'allowed',
    ],
    [
      'wakes a step that does not follow it',
      (caller) => onQueue(caller, 'SendMessage', arns.queue('invoice-approval.tell-rejection')),
      'denied',
    ],
    [
      'plays the intake',
      (caller) => onQueue(caller, 'SendMessage', arns.queue('invoice-approval.intake')),
      'denied',
    ],
    [
      'wakes another automation',
      (caller) => onQueue(caller, 'SendMessage', arns.queue('made-up.refund-now')),
      'denied',
    ],
    [
      'takes messages out of its own queue, so that they are never seen',
      (caller) => onQueue(caller, 'ReceiveMessage', arns.queue('invoice-approval.pay')),
      'denied',
    ],
    [
      'deletes messages that wait for it',
      (caller) => onQueue(caller, 'DeleteMessage', arns.queue('invoice-approval.pay')),
      'denied',
    ],
    [
      'empties its queue',
      (caller) => onQueue(caller, 'PurgeQueue', arns.queue('invoice-approval.pay')),
      'denied',
    ],
    [
      'listens to another queue',
      (caller) => onQueue(caller, 'ReceiveMessage', arns.queue('invoice-approval.check-supplier')),
      'denied',
    ],
    [
      'takes what was given up, before it is seen',
      (caller) => onQueue(caller, 'ReceiveMessage', arns.deadLetters('invoice-approval.pay')),
      'denied',
    ],
    [
      'sends to a queue of somebody else’s account',
      (caller) => onQueue(caller, 'SendMessage', 'arn:aws:sqs:eu-central-1:999988887777:drop'),
      'denied',
    ],
  ],
  'vendors and secrets': [
    [
      'calls the bank, with any request: the vendor function does not see the claim',
      (caller) => invokeFunction(caller, arns.function('vendor.bank')),
      'allowed',
    ],
    [
      'calls a version of the bank that was taken back',
      (caller) => invokeFunction(caller, `${arns.function('vendor.bank')}:1`),
      'denied',
    ],
    [
      'calls another step',
      (caller) => invokeFunction(caller, arns.function('invoice-approval.check-supplier')),
      'denied',
    ],
    [
      'reads the bank’s secret',
      (caller) => getSecretValue(caller, arns.secret('vendor.bank', 'bank-api-token')),
      'denied',
    ],
    [
      'reads another step’s secret',
      (caller) => getSecretValue(caller, arns.secret('made-up.look', 'signing')),
      'denied',
    ],
  ],
  'the log, the network, identities': [
    [
      'writes log lines of its own',
      (caller) =>
        writeLogLines(caller, arns.logStreams('invoice-approval.pay').replace(/:\*$/, ''), 's'),
      'allowed',
    ],
    [
      'writes log lines of another function',
      (caller) =>
        writeLogLines(caller, arns.logStreams('invoice-approval.intake').replace(/:\*$/, ''), 's'),
      'denied',
    ],
    [
      'deletes its log',
      (caller) => [call(caller, 'logs:DeleteLogGroup', arns.logStreams('invoice-approval.pay'))],
      'denied',
    ],
    [
      'makes a network interface with a way out',
      (caller) => [
        call(
          caller,
          'ec2:CreateNetworkInterface',
          'arn:aws:ec2:eu-central-1:222233334444:network-interface/*',
        ),
      ],
      'denied',
    ],
    [
      'opens its security group',
      (caller) => [
        call(
          caller,
          'ec2:AuthorizeSecurityGroupEgress',
          'arn:aws:ec2:eu-central-1:222233334444:security-group/sg-1',
        ),
      ],
      'denied',
    ],
    [
      'asks the network who else is there',
      (caller) => [
        call(
          caller,
          'ec2:DescribeNetworkInterfaces',
          'arn:aws:ec2:eu-central-1:222233334444:network-interface/*',
        ),
      ],
      'denied',
    ],
    [
      'becomes an administrator',
      (caller) => [call(caller, 'sts:AssumeRole', 'arn:aws:iam::222233334444:role/Administrator')],
      'denied',
    ],
    [
      'adds to its own policy',
      (caller) => [call(caller, 'iam:PutRolePolicy', caller.role)],
      'denied',
    ],
    [
      'takes its boundary off',
      (caller) => [call(caller, 'iam:DeleteRolePermissionsBoundary', caller.role)],
      'denied',
    ],
    [
      'changes its own code',
      (caller) => [
        call(caller, 'lambda:UpdateFunctionCode', arns.function('invoice-approval.pay')),
      ],
      'denied',
    ],
    [
      'carries data out in a bucket of somebody else',
      (caller) => [
        call(caller, 's3:PutObject', 'arn:aws:s3:::somebody-elses/data', {}, '999988887777'),
      ],
      'denied',
    ],
    [
      'writes to a table of somebody else',
      (caller) =>
        putItem(caller, {
          table: 'arn:aws:dynamodb:eu-central-1:999988887777:table/drop',
          key: 'x',
        }),
      'denied',
    ],
    [
      'acts in another region',
      (caller) =>
        onQueue(
          caller,
          'SendMessage',
          arns.queue('invoice-approval.pay').replace('eu-central-1', 'us-east-1'),
        ),
      'denied',
    ],
  ],
};

describe.each(Object.entries(PAY))('hostile code in the step that pays, and %s', (_, scenarios) => {
  it.each(scenarios)('%s', (_attempt, calls, answer) => {
    expect(account.ask(calls(account.code('invoice-approval.pay'))).decision).toBe(answer);
  });
});

describe('hostile code in any function that is there', () => {
  const forging: [string, (automation: string) => (caller: Caller) => Request[]][] = (
    ['Insert', 'Update', 'Delete'] as const
  ).flatMap((kind) => [
    [
      `${kind} of a decision`,
      (automation) => write(kind, target.decision({ ...run, automation }, 'first')),
    ],
    [`${kind} of a control`, (automation) => write(kind, target.control({ ...run, automation }))],
    [
      `${kind} of a participant`,
      (automation) => write(kind, target.participant({ ...run, automation }, 'p1')),
    ],
  ]);

  it.each(forging)('can stand for no person: %s', (what, attempt) => {
    // the functions that people ask and decide through write once what they did
    const writers: Readonly<Record<string, readonly string[]>> = {
      'Insert of a decision': ['gates'],
      'Insert of a participant': ['gates', 'runs'],
    };

    const is = (name: string) => (writers[what]?.includes(name) ? 'allowed' : 'denied');

    for (const { name } of DECLARED)
      for (const automation of ['invoice-approval', 'made-up'])
        expect([name, account.ask(attempt(automation)(account.code(name))).decision]).toEqual([
          name,
          is(name),
        ]);
  });

  it.each([
    ['a person', directoryTarget.person('p1')],
    ['a role', directoryTarget.role('paralegal')],
    ['that there is a first admin', directoryTarget.firstAdmin],
    ['a workspace', workspaceTarget('acme')],
    ['the workspace of people', workspaceTarget('people')],
  ])(
    'can neither enter nor change nor remove %s, nor read it, unless it is of the API',
    (_, key) => {
      const steps = DECLARED.filter(({ automation }) => automation !== undefined);
      expect(steps.length).toBeGreaterThan(10);

      for (const { name } of steps) {
        for (const kind of ['Insert', 'Update', 'Delete'] as const)
          expect([name, kind, account.ask(write(kind, key)(account.code(name))).decision]).toEqual([
            name,
            kind,
            'denied',
          ]);

        expect([
          name,
          account.ask(batchGetItem(account.code(name), [{ table: arns.state, key }])).decision,
        ]).toEqual([name, 'denied']);
      }
    },
  );

  it('can change and remove no person, whatever it is of', () => {
    for (const { name } of DECLARED)
      for (const kind of ['Update', 'Delete'] as const)
        for (const key of [
          directoryTarget.person('p1'),
          directoryTarget.role('r'),
          directoryTarget.firstAdmin,
          workspaceTarget('acme'),
        ])
          expect([name, account.ask(write(kind, key)(account.code(name))).decision]).toEqual([
            name,
            'denied',
          ]);
  });

  it('can give a decision back to the sweeper, as intake, and change nothing else of it', () => {
    const intake = account.code('invoice-approval.intake');
    const decision = target.decision(run, 'approve-payment');

    expect(account.ask(write('Update', decision, ['pk', 'sk', SWEEP.sort])(intake)).decision).toBe(
      'allowed',
    );

    for (const attribute of ['body', 'commitment', 'rev', 'name', SWEEP.partition])
      expect([
        attribute,
        account.ask(write('Update', decision, ['pk', 'sk', attribute])(intake)).decision,
      ]).toEqual([attribute, 'denied']);
  });

  it('can use its role nowhere but in its region', () => {
    for (const { name } of DECLARED) {
      const elsewhere = [
        call(
          account.code(name),
          'logs:PutLogEvents',
          arns.logStreams(name).replace('eu-central-1', 'us-east-1'),
        ),
      ];

      expect([name, account.ask(elsewhere).decision]).toEqual([name, 'denied']);
    }
  });
});
