import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toSentence } from '#cli/authority/changes/change.ts';
import { compareLocks } from '#cli/authority/changes/compare-locks.ts';
import invoice from '#functions/automations/invoice-approval/automation.ts';
import bank from '#functions/vendors/bank/vendor.ts';
import { authorityLock } from '#infra/lock/authority-lock.ts';
import type { AuthorityLock } from '#infra/lock/lock.ts';
import { lockText } from '#infra/lock/lock-text.ts';
import { readLock } from '#infra/lock/read-lock.ts';
import refund from '../../infra/made-up.ts';

const lock = authorityLock({ automations: [invoice], vendors: [bank] });
const small = authorityLock({ automations: [refund], vendors: [bank] });

type Editable<T> = T extends object ? { -readonly [K in keyof T]: Editable<T[K]> } : T;
/** A lock that can be written to. */
type Draft = Editable<AuthorityLock>;

function edited(edit: (draft: Draft) => void, of = lock): AuthorityLock {
  const draft = structuredClone(of) as Draft;
  edit(draft);
  return draft;
}

const told = (before: AuthorityLock, after: AuthorityLock) =>
  compareLocks(before, after).map((change) => [change.direction, toSentence(change)]);
const PAY = 'invoice-approval.pay';
const pay = (draft: Draft) => draft.functions[PAY]!;
const statement = (of: Draft['resources'][string], sid: string) =>
  of.find(({ Sid }) => Sid === sid)!;

describe('a change in words', () => {
  it.each<[what: string, edit: (draft: Draft) => void, wider: string, narrower: string]>([
    [
      'a field',
      (draft) => Object.assign(pay(draft).reads, { contactEmail: 'personal' }),
      `${PAY} may now read field contactEmail (personal)`,
      `${PAY} may no longer read field contactEmail (personal)`,
    ],
    [
      'a field less closely held',
      (draft) => Object.assign(pay(draft).reads, { payTo: 'internal' }),
      `${PAY} may read field payTo, which is internal now and was financial`,
      `${PAY} may read field payTo, which is financial now and was internal`,
    ],
    [
      'records to look up',
      (draft) => Object.assign(pay(draft).lookups, { order: { total: 'internal' } }),
      `${PAY} may now look up records of order (internal: total)`,
      `${PAY} may no longer look up records of order (internal: total)`,
    ],
    [
      'a field of a record',
      (draft) =>
        Object.assign(draft.functions['invoice-approval.check-supplier']!.lookups.supplier!, {
          phone: 'personal',
        }),
      'invoice-approval.check-supplier may now look up, in records of supplier, field phone (personal)',
      'invoice-approval.check-supplier may no longer look up, in records of supplier, field phone (personal)',
    ],
    [
      'records to enter',
      (draft) => pay(draft).registers.push('invoice'),
      `${PAY} may now enter records of invoice`,
      `${PAY} may no longer enter records of invoice`,
    ],
    [
      'a class',
      (draft) => pay(draft).opens.push('health'),
      `${PAY} may now open health values`,
      `${PAY} may no longer open health values`,
    ],
    [
      'a vendor',
      (draft) => pay(draft).vendors.push('crm'),
      `${PAY} may now call vendor crm`,
      `${PAY} may no longer call vendor crm`,
    ],
    [
      'a secret',
      (draft) => pay(draft).secrets.push('pin'),
      `${PAY} may now read secret pin`,
      `${PAY} may no longer read secret pin`,
    ],
    [
      'a host',
      (draft) => draft.functions['vendor.bank']!.hosts.push('b.example'),
      'vendor.bank may now call host b.example (enforced by its code only)',
      'vendor.bank may no longer call host b.example (enforced by its code only)',
    ],
    [
      'a successor',
      (draft) => pay(draft).sendsTo.push('a.b'),
      `${PAY} may now wake a.b`,
      `${PAY} may no longer wake a.b`,
    ],
    [
      'an effect',
      (draft) =>
        Object.assign(draft.functions['invoice-approval.check-arithmetic']!, {
          effect: 'internal',
        }),
      'invoice-approval.check-arithmetic has effect internal now, no longer none',
      'invoice-approval.check-arithmetic has effect none now, no longer internal',
    ],
    [
      'the isolated network',
      (draft) => Object.assign(pay(draft), { inside: false }),
      `${PAY} no longer sits in the isolated network`,
      `${PAY} sits in the isolated network now`,
    ],
    [
      'an action',
      (draft) => statement(pay(draft).statements, 'SendMessages').Action!.push('sqs:PurgeQueue'),
      `${PAY}: statement SendMessages now also allows sqs:PurgeQueue`,
      `${PAY}: statement SendMessages no longer allows sqs:PurgeQueue`,
    ],
    [
      'a resource',
      (draft) =>
        statement(pay(draft).statements, 'SendMessages').Resource!.push(
          'arn:aws:sqs:{region}:{account}:writ-{env}_made-up_look',
        ),
      `${PAY}: statement SendMessages now also covers the queue of made-up.look`,
      `${PAY}: statement SendMessages no longer covers the queue of made-up.look`,
    ],
    [
      'items',
      (draft) =>
        statement(pay(draft).statements, 'ReadRun').Condition!['ForAllValues:StringLike']![
          'dynamodb:LeadingKeys'
        ]!.push('fields#invoice-approval#*#personal#*'),
      `${PAY}: statement ReadRun now also covers personal fields of invoice-approval`,
      `${PAY}: statement ReadRun no longer covers personal fields of invoice-approval`,
    ],
    [
      'a value of a condition',
      (draft) =>
        statement(pay(draft).statements, 'UnwrapKeys').Condition!.StringEquals![
          'kms:EncryptionContext:class'
        ]!.push('health'),
      `${PAY}: statement UnwrapKeys now also covers workspace keys of class health`,
      `${PAY}: statement UnwrapKeys no longer covers workspace keys of class health`,
    ],
    [
      'a condition that is gone',
      (draft) => delete statement(pay(draft).statements, 'AppendEntries').Condition!.StringEquals,
      `${PAY}: statement AppendEntries is no longer bound by a condition: StringEquals dynamodb:EnclosingOperation is ExecuteTransaction`,
      `${PAY}: statement AppendEntries is bound by a condition now: StringEquals dynamodb:EnclosingOperation is ExecuteTransaction`,
    ],
    [
      'a statement',
      (draft) =>
        pay(draft).statements.push({
          Sid: 'New',
          Effect: 'Allow',
          Action: ['sqs:SendMessage'],
          Resource: ['*'],
        }),
      `${PAY}: new statement New: sends to anything`,
      `${PAY}: statement New is gone: sends to anything`,
    ],
    [
      'a refusal that is gone',
      (draft) => (draft.resources.trail = draft.resources.trail!.slice(1)),
      'trail: statement NobodyChangesEntries is gone: refuses dynamodb:BatchWriteItem, dynamodb:DeleteItem, dynamodb:PartiQLDelete, dynamodb:PartiQLUpdate, dynamodb:PutItem, dynamodb:UpdateItem on the trail to everybody',
      'trail: new statement NobodyChangesEntries: refuses dynamodb:BatchWriteItem, dynamodb:DeleteItem, dynamodb:PartiQLDelete, dynamodb:PartiQLUpdate, dynamodb:PutItem, dynamodb:UpdateItem on the trail to everybody',
    ],
    [
      'an action that a refusal leaves out',
      (draft) => statement(draft.resources.trail!, 'NobodyChangesEntries').Action!.shift(),
      'trail: statement NobodyChangesEntries no longer refuses dynamodb:BatchWriteItem',
      'trail: statement NobodyChangesEntries now also refuses dynamodb:BatchWriteItem',
    ],
    [
      'an exception from a refusal of everything else',
      (draft) =>
        statement(draft.everyRole.boundary!, 'TrailOnlyGrows').NotAction!.push('dynamodb:PutItem'),
      'boundary: statement TrailOnlyGrows now also excepts dynamodb:PutItem',
      'boundary: statement TrailOnlyGrows no longer excepts dynamodb:PutItem',
    ],
    [
      'a sender that a queue does not refuse',
      (draft) =>
        statement(draft.resources[`queue of ${PAY}`]!, 'OnlySendersSend').Condition!.ArnNotEquals![
          'aws:PrincipalArn'
        ]!.push('x'),
      `queue of ${PAY}: statement OnlySendersSend now also takes x for ArnNotEquals aws:PrincipalArn`,
      `queue of ${PAY}: statement OnlySendersSend no longer takes x for ArnNotEquals aws:PrincipalArn`,
    ],
    [
      'what the boundary allows at most',
      (draft) => statement(draft.everyRole.boundary!, 'AtMost').Action!.push('s3:GetObject'),
      'boundary: statement AtMost now also allows s3:GetObject',
      'boundary: statement AtMost no longer allows s3:GetObject',
    ],
    [
      'a policy that is gone',
      (draft) => delete draft.resources[`queue of ${PAY}`],
      `queue of ${PAY} no longer has a policy: OnlySendersSend; NobodyEmpties; OnlyDeploymentChanges; OnlyEncryptedWays`,
      `queue of ${PAY} has a policy now: OnlySendersSend; NobodyEmpties; OnlyDeploymentChanges; OnlyEncryptedWays`,
    ],
    [
      'a function',
      (draft) => (draft.functions['a.b'] = { ...structuredClone(pay(draft)), statements: [] }),
      'a.b is new: step with external effect; opens financial values; reads payTo, supplierName, payeeName, payable, currency, invoiceNumber, remittance; writes paymentId; draws order, order-line; calls vendor bank',
      'a.b is gone: step with external effect; opens financial values; reads payTo, supplierName, payeeName, payable, currency, invoiceNumber, remittance; writes paymentId; draws order, order-line; calls vendor bank',
    ],
  ])('says of %s whether it widens authority or narrows it', (_, edit, wider, narrower) => {
    const after = edited(edit);
    expect(told(lock, after)).toEqual([['wider', wider]]);
    expect(told(after, lock)).toEqual([['narrower', narrower]]);
  });

  it('says which fields open a class', () => {
    const after = edited((draft) => {
      Object.assign(pay(draft).reads, { contactEmail: 'personal' });
      pay(draft).opens.push('personal');
    });

    expect(told(lock, after)[0]).toEqual([
      'wider',
      `${PAY} may now open personal values (reads contactEmail)`,
    ]);
  });

  it('says first what no function could do before', () => {
    const after = edited((draft) => {
      pay(draft).secrets.push('pin');
      statement(pay(draft).statements, 'InsertDocuments').Condition!['ForAllValues:StringLike']![
        'dynamodb:LeadingKeys'
      ]!.push('decision#*');
    });

    expect(told(lock, after)).toEqual([
      ['wider', `${PAY} can now approve`],
      ['wider', `${PAY} can now read or write another automation's data`],
      ['wider', `${PAY} may now read secret pin`],
      [
        'wider',
        `${PAY}: statement InsertDocuments now also covers items with keys like decision#*`,
      ],
    ]);
  });

  it('counts as wider what it cannot tell', () => {
    const after = edited(
      (draft) =>
        (statement(draft.resources.archive!, 'OnlyEncryptedWays').Condition!.Bool![
          'aws:SecureTransport'
        ] = ['true']),
    );

    expect(told(lock, after).map(([direction]) => direction)).toEqual(['wider', 'wider']);

    const flipped = edited(
      (draft) => (statement(draft.resources.archive!, 'EachKeyOnce').Effect = 'Allow'),
    );

    expect(told(lock, flipped).map(([direction]) => direction)).toEqual(['wider', 'wider']);
  });

  it('does not call it wider when a policy goes with the function it was for', () => {
    const after = edited((draft) => {
      delete draft.functions[PAY];
      delete draft.resources[`queue of ${PAY}`];
    });
    expect(told(lock, after).map(([direction]) => direction)).toEqual(['narrower', 'narrower']);
  });
});

describe('of any two locks', () => {
  it('that are the same nothing is said', () => {
    expect(compareLocks(lock, structuredClone(lock))).toEqual([]);
  });

  it('that say the same in another order it is said that they do', () => {
    const after = edited((draft) => pay(draft).statements.reverse());
    expect(told(lock, after)).toEqual([
      ['same', 'the same authority is written down in another order'],
    ]);
  });

  it('every difference is said, and what widens comes first', () => {
    fc.assert(
      fc.property(
        fc.option(fc.constant(AUTOMATIONS), { nil: [] }),
        fc.array(fc.nat(), { minLength: 4, maxLength: 12 }),
        (into, choices) => {
          const after = mutated(small, [...into, ...choices]);
          const sentences = after === undefined ? [] : compareLocks(small, after);

          fc.pre(after !== undefined);
          expect(sentences.length > 0).toBe(lockText(after!) !== lockText(small));

          const order = sentences.map(({ direction }) =>
            ['wider', 'narrower', 'same'].indexOf(direction),
          );

          expect(order).toEqual(order.toSorted());

          for (const change of sentences)
            expect(toSentence(change)).not.toMatch(/undefined|\[object/);
        },
      ),
      { numRuns: process.env.WRIT_SOAK === undefined ? 250 : 10_000 },
    );
  });

  /** Choices that lead into the part that says who decides. */
  const AUTOMATIONS = [Object.keys(small).indexOf('automations'), 0];

  /**
   * A lock with one thing changed somewhere; nothing when that makes it no lock. `choices` lead to
   * the place, then say what is done.
   */
  function mutated(of: AuthorityLock, choices: readonly number[]): AuthorityLock | undefined {
    const draft = structuredClone(of) as unknown as Json;
    let at = draft;

    for (const [i, choice] of choices.entries()) {
      const keys = Object.keys(at);
      const key = keys[choice % keys.length];
      const inner = key === undefined ? undefined : at[key];
      if (i < choices.length - 2 && typeof inner === 'object' && Object.keys(inner).length > 0) {
        at = inner;
        continue;
      }

      change(at, key, choices.at(-1)!);
      break;
    }

    try {
      return readLock(JSON.stringify(draft), 'it');
    } catch {
      return undefined;
    }
  }

  type Json = { [key: string]: Json | string | boolean | number };

  function change(at: Json, key: string | undefined, choice: number): void {
    const value = key === undefined ? undefined : at[key];
    if (Array.isArray(at) && (choice % 3 === 0 || key === undefined)) at.push('new');
    else if (Array.isArray(at) && choice % 3 === 1) at.splice(Number(key), 1);
    else if (key === undefined) at.new = [] as unknown as Json;
    else if (!Array.isArray(at) && choice % 3 === 0) delete at[key];
    else if (!Array.isArray(at) && choice % 3 === 1 && value !== undefined) at.new = value;
    else if (typeof value === 'boolean') at[key] = !value;
    else if (typeof value === 'number') at[key] = value + 1;
    else if (/^[0-9a-f]{64}$/.test(String(value))) at[key] = 'f'.repeat(64);
    else if (typeof value === 'string')
      at[key] =
        choice % 2 === 0
          ? `${value}x`
          : value === 'Allow'
            ? 'Deny'
            : value === 'internal'
              ? 'health'
              : 'Allow';
  }
});
