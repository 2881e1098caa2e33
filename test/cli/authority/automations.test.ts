import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { toSentence } from '#cli/authority/changes/change.ts';
import { compareLocks } from '#cli/authority/changes/compare-locks.ts';
import { formatDuration } from '#cli/authority/descriptions/duration.ts';
import { approvePayment } from '#functions/automations/invoice-approval/approve-payment.ts';
import invoice from '#functions/automations/invoice-approval/automation.ts';
import { checkArithmetic } from '#functions/automations/invoice-approval/check-arithmetic.ts';
import { checkSupplier } from '#functions/automations/invoice-approval/check-supplier.ts';
import { invoice as declaration } from '#functions/automations/invoice-approval/declaration.ts';
import { matchOrder } from '#functions/automations/invoice-approval/match-order.ts';
import { pay } from '#functions/automations/invoice-approval/pay.ts';
import { somethingToPay } from '#functions/automations/invoice-approval/rules.ts';
import { tellRejection } from '#functions/automations/invoice-approval/tell-rejection.ts';
import { tellSupplier } from '#functions/automations/invoice-approval/tell-supplier.ts';
import bank from '#functions/vendors/bank/vendor.ts';
import { authorityLock } from '#infra/lock/authority-lock.ts';
import { lockText } from '#infra/lock/lock-text.ts';
import { readLock } from '#infra/lock/read-lock.ts';
import { definitionHash } from '#shared/automation/definition.ts';
import {
  type Flow,
  type FlowBuilder,
  type Gate,
  type Rule,
  role,
} from '#shared/automation/index.ts';
import { days, seconds } from '#shared/kernel/index.ts';

const lockOf = (...automations: readonly Flow[]) => authorityLock({ automations, vendors: [bank] });
const lock = lockOf(invoice);
const told = (before: Flow, after: Flow) =>
  compareLocks(lockOf(before), lockOf(after)).map(
    (change) => [change.direction, toSentence(change)] as const,
  );

/** The automation with other facts, and the definition of those. */
function declaredAs(facts: Partial<Flow>, of = invoice): Flow {
  const flow = { ...of, ...facts };
  return { ...flow, definition: definitionHash(flow) };
}

const EIGHT = { timeout: seconds(5), retry: { attempts: 8, capMs: seconds(60) } };

interface Parts {
  readonly gate?: Gate;
  readonly paying?: (run: FlowBuilder) => FlowBuilder;
  /** Instead of the gate with what comes after a rejection. */
  readonly approval?: (run: FlowBuilder) => FlowBuilder;
}

/** The automation as it is, but for some of its parts. */
function flow({ gate = approvePayment, paying, approval }: Parts = {}): Flow {
  const decide =
    approval ??
    ((run) =>
      run.gate(gate, { rejected: (rejected) => rejected.stage('rejected').step(tellRejection) }));

  const act = paying ?? ((run) => run.when(somethingToPay, (owed) => owed.step(pay, EIGHT)));

  return declaration.flow((run) => {
    const checked = run
      .stage('checking')
      .step(checkArithmetic)
      .step(checkSupplier)
      .step(matchOrder)
      .stage('approval');
    return act(decide(checked).stage('paying')).stage('done').step(tellSupplier);
  });
}

const gateWith = (facts: Partial<Gate>): Gate => ({ ...approvePayment, ...facts });
const rulesWith = (name: string, facts: Partial<Rule>) =>
  gateWith({
    when: approvePayment.when.map((rule) => (rule.name === name ? { ...rule, ...facts } : rule)),
  });
const fieldsWith = (facts: Flow['fields']) => ({ fields: { ...invoice.fields, ...facts } });
/**
 * All that is financial, so that nobody opens or makes other keys than before when it is about
 * somebody else.
 */
const ACCOUNTS = ['iban', 'otherAccounts', 'payTo'] as const;
const clear = { schema: invoice.fields.iban!.schema, class: 'internal' } as const;

it('is taken apart and put together again in these tests', () => {
  expect(flow()).toMatchObject({ definition: invoice.definition });
  expect(told(invoice, flow())).toEqual([]);
});

const GATE = 'invoice-approval: gate approve-payment';
const OVER = 'invoice-approval: rule over-limit';

describe('a change of who decides, and when', () => {
  it.each<[what: string, after: Flow, forth: readonly string[], back: readonly string[]]>([
    [
      'a limit 900 times as high',
      flow({ gate: rulesWith('over-limit', { settings: { limit: 900_000_000 } }) }),
      [`wider ${OVER} has limit 900,000,000 now, was 1,000,000`],
      [`wider ${OVER} has limit 1,000,000 now, was 900,000,000`],
    ],
    [
      'another role',
      flow({ gate: gateWith({ decidedBy: role('Team Member') }) }),
      [
        `wider ${GATE} may now be decided by Team Member, no longer by Compliance Officer`,
        'wider invoice-approval.pay: while the rollout is supervised, it may now be decided by Team Member, no longer by Compliance Officer',
      ],
      [
        `wider ${GATE} may now be decided by Compliance Officer, no longer by Team Member`,
        'wider invoice-approval.pay: while the rollout is supervised, it may now be decided by Compliance Officer, no longer by Team Member',
      ],
    ],
    [
      'a rule that is asked no longer',
      flow({
        gate: gateWith({ when: approvePayment.when.filter(({ name }) => name !== 'new-supplier') }),
      }),
      [
        `wider ${GATE} no longer waits when new-supplier`,
        'same invoice-approval: rule new-supplier is gone: reads supplierKnown, supplierId, supplierName; says "supplier {supplierId} ({supplierName}) is not in the register"',
      ],
      [
        `narrower ${GATE} now also waits when new-supplier`,
        'same invoice-approval: new rule new-supplier: reads supplierKnown, supplierId, supplierName; says "supplier {supplierId} ({supplierName}) is not in the register"',
      ],
    ],
    [
      'what is shown',
      flow({
        gate: gateWith({ shows: approvePayment.shows.filter((field) => field !== 'payable') }),
      }),
      [`wider ${GATE} no longer shows payable to its approvers`],
      [`wider ${GATE} now also shows payable to its approvers`],
    ],
    [
      'how long it waits',
      flow({ gate: gateWith({ expiresMs: days(30) }) }),
      [`wider ${GATE} counts as rejected after 30 days now, was 14 days`],
      [`narrower ${GATE} counts as rejected after 14 days now, was 30 days`],
    ],
    [
      'a sentence',
      flow({ gate: rulesWith('over-limit', { says: 'all is well' }) }),
      [
        `wider ${OVER} says "all is well" now, was "the amount {payable:money} is over the limit {limit:money}"`,
      ],
      [
        `wider ${OVER} says "the amount {payable:money} is over the limit {limit:money}" now, was "all is well"`,
      ],
    ],
    [
      'what a rule looks at',
      flow({ gate: rulesWith('over-limit', { reads: ['payable', 'currency', 'taxTotal'] }) }),
      [`wider ${OVER} now looks at taxTotal, too`],
      [`wider ${OVER} no longer looks at taxTotal`],
    ],
    [
      'who decides where no gate does',
      declaredAs({ supervisedBy: role('Team Member') }),
      [
        'wider invoice-approval: while the rollout is supervised, an external step that no gate covers may now be decided by Team Member, no longer by Compliance Officer',
      ],
      [
        'wider invoice-approval: while the rollout is supervised, an external step that no gate covers may now be decided by Compliance Officer, no longer by Team Member',
      ],
    ],
    [
      'how often and how long a step is tried',
      flow({
        paying: (run) =>
          run.when(somethingToPay, (owed) =>
            owed.step(pay, { timeout: seconds(90), retry: { attempts: 9, capMs: seconds(60) } }),
          ),
      }),
      [
        'same invoice-approval.pay is tried 9 times now, was 8',
        'same invoice-approval.pay may run for 90 seconds now, was 5 seconds',
      ],
      [
        'same invoice-approval.pay is tried 8 times now, was 9',
        'same invoice-approval.pay may run for 5 seconds now, was 90 seconds',
      ],
    ],
    [
      'why data is processed',
      declaredAs({ purpose: 'anything' }),
      [
        'wider invoice-approval: its purpose is "anything" now, was "pay suppliers what was ordered and delivered, and nothing else"',
      ],
      [
        'wider invoice-approval: its purpose is "pay suppliers what was ordered and delivered, and nothing else" now, was "anything"',
      ],
    ],
    [
      'what a field may hold',
      declaredAs(fieldsWith({ currency: { schema: z.string(), class: 'internal' } })),
      [
        'wider invoice-approval: field currency takes other values than before: read the change of its sources',
      ],
      [
        'wider invoice-approval: field currency takes other values than before: read the change of its sources',
      ],
    ],
    [
      'whose a field is',
      declaredAs(
        fieldsWith(
          Object.fromEntries(
            ACCOUNTS.map((name) => [name, { ...invoice.fields[name]!, of: 'contact' }]),
          ),
        ),
      ),
      ACCOUNTS.map(
        (name) => `wider invoice-approval: field ${name} is about contact now, was about supplier`,
      ),
      ACCOUNTS.map(
        (name) => `wider invoice-approval: field ${name} is about supplier now, was about contact`,
      ),
    ],
    [
      'a field that nobody uses',
      declaredAs(fieldsWith({ note: { schema: z.string(), class: 'personal', of: 'contact' } })),
      ['wider invoice-approval: new field note (personal, of contact)'],
      ['narrower invoice-approval: field note is gone (personal, of contact)'],
    ],
    [
      'a subject',
      declaredAs({ subjects: { ...invoice.subjects, contact: 'supplierId' } }),
      [
        'wider invoice-approval: subject contact is known by supplierId now, was known by contactKey',
      ],
      [
        'wider invoice-approval: subject contact is known by contactKey now, was known by supplierId',
      ],
    ],
    [
      'records',
      declaredAs({
        records: { ...invoice.records, invoice: { ...invoice.records.invoice!, of: 'supplier' } },
      }),
      ['wider invoice-approval: records of invoice are about supplier now, were about no subject'],
      ['wider invoice-approval: records of invoice are about no subject now, were about supplier'],
    ],
    [
      'a stage',
      flow({
        paying: (run) => run.when(somethingToPay, (owed) => owed.stage('sending').step(pay, EIGHT)),
      }),
      ['wider invoice-approval: its flow now has stage sending, if something-to-pay hits'],
      ['wider invoice-approval: its flow no longer has stage sending, if something-to-pay hits'],
    ],
    [
      'the version alone',
      declaredAs({ version: 3 }),
      [
        'wider invoice-approval: its definition changed in a way that only the version shows: read the change of its sources',
        'same invoice-approval is of version 3 now, was of version 2',
      ],
      [
        'wider invoice-approval is of version 2 now, was of version 3',
        'wider invoice-approval: its definition changed in a way that only the version shows: read the change of its sources',
      ],
    ],
    [
      'what nothing else tells',
      flow({ gate: gateWith({ shows: approvePayment.shows.toReversed() }) }),
      [
        'wider invoice-approval: its definition changed in a way that no other line shows: read the change of its sources',
      ],
      [
        'wider invoice-approval: its definition changed in a way that no other line shows: read the change of its sources',
      ],
    ],
  ])('of %s is said', (_, after, forth, back) => {
    expect(after.definition).not.toBe(invoice.definition);
    expect(told(invoice, after).map((change) => change.join(' '))).toEqual(forth);
    expect(told(after, invoice).map((change) => change.join(' '))).toEqual(back);
  });

  const said = (after: Flow, about: RegExp) => {
    const select = (changes: readonly (readonly [string, string])[]) =>
      changes
        .map((change) => change.join(' '))
        .filter(
          (text) =>
            about.test(text) && !/statement|may (?:now|no longer) (?:wake|be woken)/.test(text),
        );
    return { forth: select(told(invoice, after)), back: select(told(after, invoice)) };
  };

  it('is said of a step that is done on every way', () => {
    expect(
      said(flow({ paying: (run) => run.step(pay, EIGHT) }), /\.pay |its flow|rule|definition/),
    ).toEqual({
      forth: [
        'wider invoice-approval.pay is no longer done only if something-to-pay hits',
        'wider invoice-approval: its flow no longer has when something-to-pay',
        'same invoice-approval: rule something-to-pay is gone: reads payable, currency; says "{payable:money} is to be paid"',
      ],
      back: [
        'wider invoice-approval: its flow now has when something-to-pay',
        'narrower invoice-approval.pay is done only if something-to-pay hits now',
        'same invoice-approval: new rule something-to-pay: reads payable, currency; says "{payable:money} is to be paid"',
      ],
    });
  });

  it('is said of a gate that all wait at, and of one that only some get to', () => {
    expect(said(flow({ gate: gateWith({ when: [somethingToPay] }) }), /waits/).forth).toEqual([
      expect.stringMatching(
        /^wider .* no longer waits when over-limit, no-order,.* arithmetic-wrong,.* or odd-due-date$/,
      ),
      `narrower ${GATE} now also waits when something-to-pay`,
    ]);

    const always = flow({ gate: gateWith({ when: [] }) });

    expect(told(invoice, always)[0]).toEqual([
      'narrower',
      expect.stringMatching(/ always waits now, and before: waits when over-limit, /),
    ]);

    expect(told(always, invoice)[0]).toEqual([
      'wider',
      expect.stringMatching(/ waits when over-limit, .* now, and before: always waits$/),
    ]);

    const some = flow({
      approval: (run) =>
        run.when(somethingToPay, (owed) =>
          owed.gate(approvePayment, { rejected: (no) => no.stage('rejected').step(tellRejection) }),
        ),
      paying: (run) => run.step(pay, EIGHT),
    });

    expect(said(some, /only if/)).toEqual({
      forth: [
        `wider ${GATE} is reached only if something-to-pay hits now`,
        'wider invoice-approval.pay is no longer done only if something-to-pay hits',
        'narrower invoice-approval.tell-rejection is done only if something-to-pay hits now',
      ],
      back: [
        'wider invoice-approval.tell-rejection is no longer done only if something-to-pay hits',
        `narrower ${GATE} is no longer reached only if something-to-pay hits`,
        'narrower invoice-approval.pay is done only if something-to-pay hits now',
      ],
    });
  });

  it('is said of a gate that an external step no longer comes after', () => {
    const late = flow({
      approval: (run) => run.when(somethingToPay, (owed) => owed.step(pay, EIGHT)),
      paying: (run) =>
        run.gate(approvePayment, { rejected: (no) => no.stage('rejected').step(tellRejection) }),
    });

    expect(said(late, /gate approve|its flow/).forth).toEqual([
      `wider ${GATE} no longer comes before pay`,
      expect.stringMatching(
        /^wider invoice-approval: its flow is in another order now: stage checking; /,
      ),
    ]);

    const another = flow({ gate: gateWith({ name: 'another' }) });

    expect(said(another, /gate/).forth).toEqual([
      expect.stringMatching(
        /^wider .*: gate approve-payment is gone: decided by Compliance Officer, waits when .*; covers pay; /,
      ),
      expect.stringMatching(
        /^narrower .*: new gate another: decided by Compliance Officer, waits when .*; covers pay; /,
      ),
    ]);
  });

  it('is said of a new gate that decides in the place of another role', () => {
    const own: Gate = { ...approvePayment, name: 'own', decidedBy: role('Team Member'), when: [] };
    const after = flow({
      paying: (run) => run.gate(own).when(somethingToPay, (owed) => owed.step(pay, EIGHT)),
    });

    expect(said(after, /decided/).forth).toEqual([
      'wider invoice-approval.pay: while the rollout is supervised, it may now be decided by Team Member, no longer by Compliance Officer',
      expect.stringMatching(
        /^narrower invoice-approval: new gate own: decided by Team Member, always waits; covers pay; /,
      ),
    ]);
  });

  it('is said of a field that is sealed no longer, with everybody who can read it now', () => {
    const { forth, back } = said(declaredAs(fieldsWith({ iban: clear })), /field iban is/);

    expect(forth).toContainEqual(
      expect.stringMatching(
        /^wider invoice-approval: field iban is internal now, was financial: it is no longer sealed, and every function that reads internal fields can read it, and could not before: /,
      ),
    );

    for (const name of ['check-arithmetic', 'match-order', 'tell-rejection', 'tell-supplier'])
      expect(forth[0]).toContain(`.${name}`);

    expect(forth[0]).not.toContain('vendor.bank');
    expect(back[0]).toBe('narrower invoice-approval: field iban is financial now, was internal');
  });

  it('is said of a field of records that is sealed no longer', () => {
    const records = {
      ...invoice.records,
      supplier: {
        of: 'supplier',
        fields: { ...invoice.records.supplier!.fields, iban: clear },
        balances: {},
      },
    };

    expect(said(declaredAs({ records }), /records of supplier, field iban is /).forth).toEqual([
      'wider invoice-approval: in records of supplier, field iban is internal now, was financial: it is no longer sealed',
    ]);
  });

  it('is wider of a field that is held more closely by somebody else', () => {
    const after = declaredAs(
      fieldsWith({ contactKey: { ...invoice.fields.contactKey!, class: 'financial' } }),
    );

    expect(said(after, /field contactKey is/).forth).toContainEqual(
      expect.stringMatching(
        /^wider .*: every function that opens financial values can read it, and could not before: .*invoice-approval\.pay/,
      ),
    );
  });

  it('is said of an automation that comes or goes', () => {
    const [none, one] = [authorityLock({ automations: [], vendors: [bank] }), lock];
    const all = (before: typeof none, after: typeof none) =>
      compareLocks(before, after).map((change) => `${change.direction} ${toSentence(change)}`);

    expect(all(none, one)).toContainEqual(
      expect.stringMatching(
        /^wider invoice-approval is a new automation: version 2, to pay .*; gate approve-payment: decided by /,
      ),
    );

    expect(all(one, none)).toContainEqual(
      expect.stringMatching(/^narrower invoice-approval is no longer an automation: version 2, /),
    );
  });

  it('is told of the items of a setting that is a list', () => {
    const listed = (countries: readonly string[]) =>
      flow({ gate: rulesWith('over-limit', { settings: { limit: 1_000_000, countries } }) });
    const [before, after] = [listed(['DE', 'FR']), listed(['DE'])];
    const kept = lockOf(before);
    expect(readLock(lockText(kept), 'here')).toEqual(kept);
    expect(told(before, before)).toEqual([]);
    expect(told(before, after)).toContainEqual([
      'wider',
      `${OVER} has countries "DE" now, was "DE", "FR"`,
    ]);
  });

  it('is not seen in the code of a rule', () => {
    const after = flow({ gate: rulesWith('over-limit', { hits: () => false }) });
    expect(after.definition).toBe(invoice.definition);
    expect(told(invoice, after)).toEqual([]);
  });
});

it('says of a field that it may be left out', () => {
  const after = declaredAs(
    fieldsWith({ payable: { schema: z.optional(z.int()), class: 'internal' } }),
  );

  expect(after.definition).not.toBe(invoice.definition);
  expect(told(invoice, after)).toEqual([
    ['wider', 'invoice-approval: field payable may be left out now'],
  ]);
  expect(told(after, invoice)).toEqual([
    ['wider', 'invoice-approval: field payable may no longer be left out'],
  ]);
});

describe('rules that are called the same', () => {
  it('are told apart', () => {
    const own: Gate = { ...rulesWith('over-limit', { settings: { limit: 5 } }), name: 'own' };
    const { gates, rules } = lockOf(
      flow({
        paying: (run) => run.gate(own).when(somethingToPay, (owed) => owed.step(pay, EIGHT)),
      }),
    ).automations['invoice-approval']!;

    expect([gates.own?.waitsWhen[0], gates['approve-payment']?.waitsWhen[0]]).toEqual([
      'over-limit (2)',
      'over-limit',
    ]);

    expect([rules['over-limit']?.settings, rules['over-limit (2)']?.settings]).toEqual([
      { limit: 1_000_000 },
      { limit: 5 },
    ]);
  });
});

it.each([
  [1, '1 ms'],
  [1_500, '1500 ms'],
  [1_000, '1 second'],
  [90_000, '90 seconds'],
  [3_600_000, '1 hour'],
  [days(14), '14 days'],
])('says %i ms as %s', (ms, words) => {
  expect(formatDuration(ms)).toBe(words);
});
