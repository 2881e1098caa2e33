import { describe, expect, it } from 'vitest';
import { automationRows } from '#cli/authority/descriptions/automation-rows.ts';
import { functionRows } from '#cli/authority/descriptions/function-rows.ts';
import { joinItems } from '#cli/authority/descriptions/join-items.ts';
import { describeStatement } from '#cli/authority/descriptions/statement.ts';
import invoice from '#functions/automations/invoice-approval/automation.ts';
import bank from '#functions/vendors/bank/vendor.ts';
import { authorityLock } from '#infra/lock/authority-lock.ts';
import { type LockedStatement, lockedStatement } from '#infra/lock/locked-statement.ts';
import { arnsNowhere, NOWHERE } from '#infra/naming/placeholders.ts';
import refund from '../../infra/made-up.ts';

const lock = authorityLock({ automations: [invoice, refund], vendors: [bank] });
const ARNS = arnsNowhere(NOWHERE);
const named = (fn: string, sid: string) =>
  lock.functions[fn]!.statements.find(({ Sid }) => Sid === sid)!;
const every = [
  ...Object.entries(lock.functions).flatMap(([fn, { statements }]) =>
    statements.map((statement) => [`${fn} ${statement.Sid}`, fn, statement] as const),
  ),
  ...Object.entries({ ...lock.everyRole, ...lock.resources }).flatMap(([name, statements]) =>
    statements.map((statement) => [`${name} ${statement.Sid}`, name, statement] as const),
  ),
];

describe('a statement in words', () => {
  it.each([
    [
      'invoice-approval.pay',
      'ReceiveMessages',
      'takes from its own queue (by Lambda, not by its code)',
    ],
    ['invoice-approval.pay', 'SendMessages', 'sends to its own queue, the queue of tell-supplier'],
    [
      'invoice-approval.pay',
      'OpenGates',
      'inserts gate supervise-pay, the timer of gate supervise-pay (with due, dueAt, listName, listSort)',
    ],
    ['invoice-approval.pay', 'RelyOnDecisions', 'relies on decisions'],
    ['invoice-approval.pay', 'AppendEntries', 'inserts its own entries (any attribute)'],
    [
      'invoice-approval.pay',
      'UnwrapKeys',
      'unwraps workspace keys of class financial, but none of people',
    ],
    ['invoice-approval.pay', 'CallFunction', 'calls vendor.bank'],
    ['invoice-approval.intake', 'UnmarkDecisions', 'replaces decisions (only sweepAt)'],
    [
      'invoice-approval.intake',
      'ReadDirectory',
      'reads the directory of every contact, the directory of every supplier',
    ],
    ['invoice-approval.sweeper', 'FindDocuments', 'finds what is to be swept'],
    ['made-up.look', 'ReadSecrets', 'reads its own secret signing'],
    ['vendor.bank', 'WriteLogLines', 'writes its own log'],
    ['runs', 'CallFunction', 'calls invoice-approval.intake, issuer, made-up.intake'],
    [
      'gates',
      'Decide',
      'inserts decisions of invoice-approval, decisions of made-up (with sweep, sweepAt)',
    ],
    ['trail', 'FindEntries', 'finds entries of every run'],
    [
      'people',
      'MakeKeysOfPurposes',
      'has made workspace keys of purpose run-id, token, of people alone',
    ],
    [
      'workspaces',
      'MakeKeysOfPurposes',
      'has made workspace keys of purpose run-id, token, but none of people',
    ],
    [
      'made-up.look',
      'NoPeople',
      'denied dynamodb:BatchGetItem, dynamodb:PartiQLInsert on the key table: keys of the directory, keys of persons, rows that lead to persons',
    ],
  ])('of %s, %s: %s', (fn, sid, words) => {
    expect(describeStatement(named(fn, sid), fn)).toBe(words);
  });

  it('names its automation to everybody else', () => {
    expect(describeStatement(named('invoice-approval.pay', 'SendMessages'))).toBe(
      'sends to the queue of invoice-approval.pay and invoice-approval.tell-supplier',
    );
    expect(describeStatement(named('invoice-approval.pay', 'ReadRun'), 'made-up.look')).toContain(
      'decisions of invoice-approval',
    );
  });

  it.each([
    ['trail', 0, /^refuses .*dynamodb:PutItem.* to everybody$/],
    [
      'trail',
      1,
      /^refuses dynamodb:PartiQLInsert to everybody but every writer of the environment$/,
    ],
    ['data key', 0, /^allows kms:\* to the account$/],
    [
      'queue of made-up.look',
      0,
      /^refuses sqs:SendMessage to everybody but made-up.intake, made-up.look, made-up.sweeper$/,
    ],
    [
      'secret bank-api-token of vendor.bank',
      0,
      /^refuses secretsmanager:GetSecretValue to everybody but vendor.bank$/,
    ],
    [
      'endpoint of kms where egress is isolated',
      0,
      /^allows kms:Decrypt, kms:GenerateDataKey on the data key to every function of the environment$/,
    ],
  ])('of the policy of the %s, number %i', (name, i, words) => {
    expect(describeStatement(lock.resources[name]![i]!, name)).toMatch(words);
  });

  it('knows every resource and every item of the lock, so that none is said in signs', () => {
    // in conditions, and where there is no one name
    const elsewhere = /alarm:writ|:budgets:|archive-account|vpc-flow-log|schedule-group/;
    const signs = every
      .map(([, name, statement]) => describeStatement(statement, name))
      .filter((words) => /arn:|keys like/.test(words) && !elsewhere.test(words));
    expect(signs).toEqual([]);
  });
});

describe('whatever a statement holds is said', () => {
  const said = (statement: LockedStatement, name: string) => describeStatement(statement, name);

  it.each(every)('of %s', (_, name, statement) => {
    const words = said(statement, name);

    for (const member of ['Action', 'NotAction', 'Resource'] as const)
      if (statement[member] !== undefined)
        expect(
          said({ ...statement, [member]: [...statement[member], 'new:Thing'] }, name),
        ).toContain('new:Thing');

    expect(
      said(
        { ...statement, Condition: { ...statement.Condition, Bool: { 'new:Key': ['maybe'] } } },
        name,
      ),
    ).toContain('Bool new:Key is maybe');

    expect(
      said({ ...statement, Effect: statement.Effect === 'Allow' ? 'Deny' : 'Allow' }, name),
    ).not.toBe(words);

    // without a condition it says something else, whichever it is
    for (const [operator, keys] of Object.entries(statement.Condition ?? {}))
      for (const key of Object.keys(keys)) {
        const { [key]: _taken, ...left } = keys;
        expect(
          said({ ...statement, Condition: { ...statement.Condition, [operator]: left } }, name),
        ).not.toBe(words);
      }
  });

  it('as it stands where there are no words', () => {
    const odd = lockedStatement({
      Effect: 'Allow',
      Action: 'dynamodb:GetItem',
      Resource: ARNS.state,
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': 'x#*' } },
    });

    expect(describeStatement(odd)).toBe(
      'reads the state table, if ForAllValues:StringLike dynamodb:LeadingKeys is x#*',
    );
    expect(
      describeStatement(lockedStatement({ Effect: 'Allow', NotAction: ['iam:*'], Resource: '*' })),
    ).toBe('may everything but iam:* on anything');

    expect(
      describeStatement(
        lockedStatement({
          Effect: 'Allow',
          Action: 'dynamodb:PartiQLDelete',
          Resource: ARNS.trail,
        }),
      ),
    ).toBe('removes the trail (also outside of a transaction)');
  });
});

describe('the rows of a function', () => {
  it.each(Object.entries(lock.functions))('say every statement of %s', (name, fn) => {
    const rows = functionRows(name, fn)
      .map(([, says]) => says)
      .join('\n');
    for (const statement of fn.statements)
      expect(rows).toContain(describeStatement(statement, name));
  });

  it('say fields by class, the most closely held first', () => {
    expect(
      functionRows('invoice-approval.pay', lock.functions['invoice-approval.pay']!)[0],
    ).toEqual([
      'reads',
      'financial: payTo; internal: supplierName, payeeName, payable, currency, invoiceNumber, remittance',
    ]);
  });
});

describe('the rows of an automation', () => {
  const rows = automationRows(lock.automations[refund.name]!);

  it('say who decides, when, and what comes after it', () => {
    expect(rows).toContainEqual([
      'gate',
      'first: decided by Team Member, always waits; covers refund-now and bonus; shows amount; counts as rejected after 7 days; only if large hits',
    ]);

    expect(rows).toContainEqual([
      'external',
      'refund-now: on every path; while the rollout is supervised, decided by Compliance Officer or Team Member',
    ]);

    expect(rows).toContainEqual(['rule', 'large: reads amount; says "{amount} is large"']);
    expect(rows).toContainEqual([
      'flow',
      expect.stringContaining('when large; gate first, if large hits; '),
    ]);
  });

  it('say fields by class and by whose they are, the most closely held first', () => {
    expect(rows).toContainEqual([
      'fields',
      'health of patient: diagnosis; personal of patient: patientId; internal: amount, refundId; public: price',
    ]);
  });
});

it('says once what things have in common', () => {
  expect(
    joinItems([
      'runs',
      'internal fields',
      'the queue of a.b',
      'health fields',
      'the queue of c.d',
      'health keys',
      'the queue of e.f',
    ]),
  ).toBe('runs, internal and health fields, the queue of a.b, c.d and e.f, health keys');
});
