import { describe, expect, it } from 'vitest';
import { SEQUENCER } from '#infra/authority/policies.ts';
import type { Statement } from '#infra/authority/statements.ts';
import { environmentOf } from '#infra/config/environment.ts';
import { target } from '#shared/engine/index.ts';
import { STORED, SWEEP } from '#shared/ledger/tables.ts';
import {
  call,
  executeTransaction,
  getItem,
  onQueue,
  putObject,
  query,
  type Request,
} from '../../iam/index.ts';
import { accountOf } from './account.ts';

/**
 * Somebody gave a function's role everything there is. What its boundary leaves of it, and where
 * the estate brings the boundary, what the role's own denials leave.
 */
const EVERYTHING: Statement = {
  Sid: 'Everything',
  Effect: 'Allow',
  Action: ['*'],
  Resource: ['*'],
};
const ANYTHING = { Version: '2012-10-17', Statement: [EVERYTHING] };
const STEP = 'invoice-approval.pay';
const place = { name: 'staging', region: 'eu-central-1', account: '222233334444' } as const;
const ours = accountOf(environmentOf(place));
const theirs = accountOf(
  environmentOf({ ...place, estate: { boundaryArn: 'arn:aws:iam::222233334444:policy/theirs' } }),
  ANYTHING,
);
const { arns } = ours;
const code = ours.code(STEP);

const never: [string, Request[]][] = [
  [
    'takes on another role',
    [call(code, 'sts:AssumeRole', 'arn:aws:iam::222233334444:role/Administrator')],
  ],
  ['makes a role', [call(code, 'iam:CreateRole', 'arn:aws:iam::222233334444:role/mine')]],
  ['reads the trail', getItem(code, { table: arns.trail, key: `${STEP}#i1` })],
  ['looks up the trail of a run', query(code, { table: arns.trail, index: 'run', key: 'r1' })],
  [
    'puts an object into the archive',
    putObject(
      code,
      { bucket: arns.archive.slice('arn:aws:s3:::'.length), key: 'x' },
      { ifNoneMatch: '*' },
    ),
  ],
  [
    'reads the archive',
    [call(code, 's3:GetObject', `${arns.archive}/batch/0-99`, {}, '222233334444')],
  ],
  [
    'makes a network interface',
    [
      call(
        code,
        'ec2:CreateNetworkInterface',
        'arn:aws:ec2:eu-central-1:222233334444:network-interface/*',
      ),
    ],
  ],
];

describe.each([
  ['our boundary', ours],
  ['a boundary of the estate that allows everything', theirs],
] as const)('under %s', (_, account) => {
  const own = account.functions.find(({ name }) => name === STEP)!;
  const role = account.statementsOf(STEP);

  it.each(never)('a function that was allowed everything never %s', (_attempt, requests) => {
    expect(account.askWith([...role, EVERYTHING], requests).decision).toBe('denied');
  });

  it('keeps what was derived for it', () => {
    const send = onQueue(code, 'SendMessage', arns.queue(STEP));
    expect(account.askWith([...role, EVERYTHING], send).decision).toBe('allowed');
    expect(role.length).toBeGreaterThan(own.statements.length);
  });
});

describe('under our boundary alone', () => {
  it.each([
    [
      'in another region',
      onQueue(code, 'SendMessage', arns.queue(STEP).replace('eu-central-1', 'us-east-1')),
    ],
    [
      'beyond the closed list of actions',
      [call(code, 's3:PutObject', 'arn:aws:s3:::anywhere/x', {}, '222233334444')],
    ],
    ['on its own function', [call(code, 'lambda:UpdateFunctionCode', arns.function(STEP))]],
    [
      'by writing without a transaction’s own actions',
      [call(code, 'dynamodb:PutItem', arns.state)],
    ],
  ])('a function that was allowed everything does nothing %s', (_, requests) => {
    expect(ours.askWith([EVERYTHING], requests).decision).toBe('denied');
    // which is what is lost with another's
    expect(theirs.askWith([EVERYTHING], requests).decision).toBe('allowed');
  });
});

describe('a document that is inserted', () => {
  const register = target.record(
    { automation: 'invoice-approval', workspace: 'acme' },
    'invoice',
    '7',
  );

  const insert = (attributes: readonly string[]) =>
    ours.ask(
      executeTransaction(ours.code('invoice-approval.check-supplier'), [
        { kind: 'Insert', table: arns.state, key: register, attributes },
      ]),
    ).decision;

  it('carries no index key that its kind has none of', () => {
    expect(insert(STORED)).toBe('allowed');
    for (const key of [SWEEP.partition, SWEEP.sort, 'due', 'listName', 'anything'])
      expect([key, insert([...STORED, key])]).toEqual([key, 'denied']);
  });
});

describe('the archive', () => {
  const elsewhere = accountOf(environmentOf({ ...place, archive: { account: '444455556666' } }));
  const object = {
    bucket: elsewhere.arns.archive.slice('arn:aws:s3:::'.length),
    key: 'batch/0-99',
    account: '444455556666',
  };

  const put = (role: string) =>
    putObject({ role, region: 'eu-central-1' }, object, { ifNoneMatch: '*' });
  const puts = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: '*' }],
  };

  const sequencer = elsewhere.arns.role(SEQUENCER, false);

  it('takes nothing on an open line, from the sequencer neither', () => {
    const open = put(sequencer).map((request) => ({
      ...request,
      context: { ...request.context, 'aws:SecureTransport': 'false' },
    }));

    expect(elsewhere.askAs(puts, put(sequencer)).decision).toBe('allowed');
    expect(elsewhere.askAs(puts, open)).toMatchObject({
      by: 'explicit-deny',
      sid: 'OnlyEncryptedWays',
    });
  });

  it('opens to the sequencer of the environment’s account, and to no other role of it', () => {
    const allowed = elsewhere.policyOf(elsewhere.arns.archive).Statement as {
      Effect: string;
      Condition?: unknown;
    }[];

    expect(
      allowed.filter(({ Effect }) => Effect === 'Allow').map(({ Condition }) => Condition),
    ).toEqual([{ ArnEquals: { 'aws:PrincipalArn': sequencer } }]);
    expect(elsewhere.askAs(puts, put('arn:aws:iam::222233334444:role/other')).decision).toBe(
      'denied',
    );
  });
});
