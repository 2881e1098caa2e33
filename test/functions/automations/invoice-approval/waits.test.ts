import { expect, it } from 'vitest';
import invoiceApproval from '#functions/automations/invoice-approval/automation.ts';
import { looksOf, readInvoice } from '#functions/automations/invoice-approval/ubl.ts';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { importRecords, type Rollout } from '#shared/engine/index.ts';
import {
  APPROVER,
  entriesOf,
  idempotent,
  settle,
  trailProblems,
  workbench,
} from '../../../support/bench.ts';
import { changed, GOOD, utf8 } from './good-invoice.ts';
import { withTerm } from './ubl-tree.ts';
import { KNOWN_ACCOUNT, MET } from './waits.ts';

const OPERATOR = { kind: 'user', id: 'operator' } as const;
const SUPPLIER = '99001ABC';

/**
 * A workbench whose register knows the supplier of the good invoice and the orders `PO-7-0`,
 * `PO-7-1` and so on.
 */
async function registered(orders: number, rollout: Rollout = 'exceptions') {
  const bank = idempotent();
  const bench = await workbench(invoiceApproval, { vendors: bank });

  await bench.seedRollout(rollout);

  const register = (collection: string, records: Parameters<typeof importRecords>[2]['records']) =>
    importRecords(bench.ports('records'), invoiceApproval, {
      workspace: WORKBENCH_WORKSPACE,
      collection,
      records,
      actor: OPERATOR,
    });

  const order = (id: string, total: number) => ({
    id,
    values: { supplierId: SUPPLIER, currency: 'EUR', total },
  });

  await register('order', [
    ...Array.from({ length: orders }, (_, i) => order(`PO-7-${i}`, 12_500)),
    order('PO-70', 10_000),
    { id: 'PO-72', values: { supplierId: SUPPLIER, currency: 'EUR', total: 12_500, byLine: true } },
    order('PO-71', 1_000_000),
  ]);

  await register('supplier', [
    { id: SUPPLIER, values: { name: 'Onbekendia Handel', iban: KNOWN_ACCOUNT } },
  ]);

  return { bank, bench };
}

it('pays what is in order and lets everything else wait, each for the reason that it has', async () => {
  const { bank, bench } = await registered(MET.length);
  const runs = new Map<string, string>();

  for (const [i, { what, xml }] of MET.entries()) {
    // an order and a number of its own, but for the one that comes again
    const number = what.startsWith('the number') ? 'C-0' : `C-${i}`;
    const input = readInvoice(
      utf8(changed('2026-0001', number, xml.replace('>PO-7<', `>PO-7-${i}<`))),
    );
    const { run } = await bench.start({ idempotencyKey: `case-${i}`, input });

    if (i === 0) await settle(bench);

    runs.set(run, what);
  }

  await settle(bench);

  const gates = await bench.openGates();
  const waiting = new Map(
    gates.map(({ key, gate }) => [runs.get(key.run), gate.hits.map(({ rule }) => rule).sort()]),
  );

  for (const { what, hits } of MET)
    expect([what, waiting.get(what) ?? []]).toEqual([what, [...hits].sort()]);

  expect(bank.effects).toHaveLength(MET.filter(({ hits }) => hits.length === 0).length);

  for (const { body } of bank.effects)
    expect(JSON.parse(body)).toMatchObject({ iban: KNOWN_ACCOUNT, creditor: expect.any(String) });

  const said = gates.flatMap(({ gate }) => gate.hits.map(({ says = '' }) => says));

  expect(said).toContain(
    'the invoice is not to be paid by transfer: 59 (SEPA direct debit: the supplier collects it himself by the mandate)',
  );
  expect(said).toContain(
    'the invoice asks to pay Wendelring Factoring AG, which is not the supplier Onbekendia Handel; approving pays the first account of the invoice in that name',
  );
  expect(await trailProblems(bench)).toEqual([]);
}, 60_000);

it('lets a number wait that looks like one that came before, and shows both', async () => {
  const alike = [
    'ALIKE\u20117',
    'ALIKE\u20137',
    'ALIKE\u22127',
    '\u0410LIKE-7',
    'alike - 7',
    'AL1KE-7',
    'A\u200BLIKE-7',
  ];

  const { bank, bench } = await registered(alike.length + 2);
  const numbers = ['ALIKE-7', ...alike, 'ALIKE-8'];

  for (const [i, number] of numbers.entries()) {
    const xml = changed('2026-0001', number, changed('PO-7', `PO-7-${i}`));
    await bench.start({ idempotencyKey: `number-${i}`, input: readInvoice(utf8(xml)) });
    if (i === 0) await settle(bench);
  }

  await settle(bench);

  const gates = await bench.openGates();

  expect(gates.map(({ gate }) => gate.hits.map(({ rule }) => rule))).toEqual(
    alike.map(() => ['possible-duplicate']),
  );
  for (const { gate } of gates) expect(gate.shown).toMatchObject({ duplicateNumber: 'ALIKE-7' });

  expect(gates.map(({ gate }) => gate.shown.invoiceNumber)).toContain('\u0410LIKE-7');
  expect(bank.effects.map(({ body }) => JSON.parse(body).reference).sort()).toEqual([
    'ALIKE-7',
    'ALIKE-8',
  ]);
});

it('pays one of two that look alike and come at once', async () => {
  const { bank, bench } = await registered(2);
  const numbers = ['R-1', 'R\u20131'];
  const inputs = numbers.map((number, i) =>
    readInvoice(utf8(changed('2026-0001', number, changed('PO-7', `PO-7-${i}`)))),
  );

  await Promise.all(inputs.map((input, i) => bench.start({ idempotencyKey: `race-${i}`, input })));
  await settle(bench);
  expect(bank.effects).toHaveLength(1);
  expect((await bench.openGates()).map(({ gate }) => gate.hits.map(({ rule }) => rule))).toEqual([
    ['possible-duplicate'],
  ]);
});

it('finds an invoice that an earlier version registered, by its number only', async () => {
  const { bench } = await registered(1);
  const holder = 'a'.repeat(26);

  await bench.ports('records').ledger.commit({
    changes: [
      {
        op: 'insert',
        target: `record#invoice-approval#${WORKBENCH_WORKSPACE}#invoice.${SUPPLIER}%2F2026-0001`,
        body: { v: 'record/1', run: holder },
      },
    ],
    entries: [
      { workspace: WORKBENCH_WORKSPACE, actor: OPERATOR, action: 'record.import', outcome: 'ok' },
    ],
  });

  await bench.start({
    idempotencyKey: 'again',
    input: readInvoice(utf8(changed('PO-7', 'PO-7-0'))),
  });

  await settle(bench);

  const [open] = await bench.openGates();

  expect(open?.gate.hits.map(({ says }) => says)).toEqual([
    `invoice 2026-0001 of supplier ${SUPPLIER} came before, as run ${holder} with the number none`,
  ]);
});

it('says on the payment what the invoice asks for, and pays whom somebody approved', async () => {
  const { bank, bench } = await registered(1);
  const paying = withTerm(
    changed('PO-7', 'PO-7-0'),
    'cac:PaymentMeans/cbc:PaymentID',
    'RF18 5390 0754 7034',
  );

  const xml = withTerm(paying, 'cac:PayeeParty/cac:PartyName/cbc:Name', 'Wendelring Factoring AG');

  await bench.start({ idempotencyKey: 'factored', input: readInvoice(utf8(xml)) });
  await settle(bench);

  const [open] = await bench.openGates();
  if (open === undefined) throw new Error('no gate is open');

  const approver = {
    actor: { kind: 'user', id: 'approver', auth: 'embedded' },
    roles: ['Compliance Officer'],
  } as const;

  await bench.decide(approver, {
    key: open.key,
    gate: open.gate.gate,
    outcome: 'approved',
    reason: 'the notice of the factor is there',
    seen: open.seen,
  });

  await settle(bench);
  expect(bank.effects.map(({ body }) => JSON.parse(body))).toMatchObject([
    { creditor: 'Wendelring Factoring AG', reference: 'RF18 5390 0754 7034', amount: 14_000 },
  ]);

  const told = (await entriesOf(bench)).map((entry) => JSON.stringify(entry)).join('');

  expect(told).toContain('was accepted; EUR 140.00 is payable to Wendelring Factoring AG.');
  expect(told).not.toContain(KNOWN_ACCOUNT);
});

it('claims no payment in the notice of a run in shadow', async () => {
  const { bank, bench } = await registered(1, 'shadow');

  await bench.start({
    idempotencyKey: 'shadow',
    input: readInvoice(utf8(changed('PO-7', 'PO-7-0'))),
  });
  await settle(bench);

  const entries = (await entriesOf(bench)).map((entry) => JSON.stringify(entry)).join('');

  expect(bank.effects).toEqual([]);
  expect(entries).toContain('was accepted; EUR 140.00 is payable to your account.');
  expect(entries).not.toMatch(/was (?:ordered|paid)/);
});

it('runs to its end or its gate when the account is written as the number', async () => {
  const { bench } = await registered(1);
  await bench.start({
    idempotencyKey: 'account',
    input: readInvoice(utf8(changed('2026-0001', KNOWN_ACCOUNT, changed('PO-7', 'PO-7-0', GOOD)))),
  });
  await settle(bench);
  expect((await entriesOf(bench)).filter(({ action }) => action === 'run.park')).toEqual([]);
});

it('pays the account of whom somebody approved, not that of the supplier in their name', async () => {
  const { bank, bench } = await registered(1);
  const factor = 'DE89370400440532013000';
  const own = withTerm(
    changed('PO-7', 'PO-7-0'),
    'cac:PayeeParty/cac:PartyName/cbc:Name',
    'Wendelring Factoring AG',
  );

  const input = { ...readInvoice(utf8(own)), iban: factor, otherAccounts: [KNOWN_ACCOUNT] };

  await bench.start({ idempotencyKey: 'factor', input });
  await settle(bench);

  const [open] = await bench.openGates();

  expect(open?.gate.hits.map(({ rule }) => rule)).toEqual([
    'changed-bank-account',
    'other-payee',
    'several-accounts',
  ]);

  await bench.decide(APPROVER, {
    key: open!.key,
    gate: 'approve-payment',
    seen: open!.seen,
    outcome: 'approved',
    reason: 'the factor',
  });

  await settle(bench);
  expect(bank.effects.map(({ body }) => JSON.parse(body))).toMatchObject([
    { creditor: 'Wendelring Factoring AG', iban: factor },
  ]);
});

it.each([
  ['\u03a4\u0399\u039c-\u03a31', '\u03c4\u03b9\u03bc\u2013\u03c31'],
  ['\u0418\u041d\u0412-\u04111', '\u0438\u043d\u0432\u2212\u04311'],
  ['B-1', '\u0432-1'],
])('finds %s again in the other case: %s', (one, other) => {
  const [first, second] = [looksOf('S', one), looksOf('S', other)];
  expect(
    first.lookAlike === second.lookAlike || first.lookAlikeLower === second.lookAlikeLower,
  ).toBe(true);
});

it('keeps no account in a term that is stored in clear', () => {
  const account = 'NL91 ABNA-0417 164300';
  const named = withTerm(GOOD, 'cac:PayeeParty/cac:PartyIdentification/cbc:ID', KNOWN_ACCOUNT);
  expect(
    readInvoice(utf8(withTerm(GOOD, 'cac:PaymentMeans/cbc:PaymentID', `pay to ${account}`)))
      .remittance,
  ).toBeUndefined();
  expect(readInvoice(utf8(named)).payeeName).toBe('a party that is named by an account');
});
