import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import flow from '#functions/automations/invoice-approval/automation.ts';
import { quantitiesByOrderLine } from '#functions/automations/invoice-approval/order-lines.ts';
import { looksOf, readInvoice } from '#functions/automations/invoice-approval/ubl.ts';
import { STARTER, WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { importRecords } from '#shared/engine/index.ts';
import { DAY } from '#shared/kernel/index.ts';
import { APPROVER, FakeVendor, runDocument, settle, workbench } from '../../../support/bench.ts';
import { GOOD, utf8 } from './good-invoice.ts';

const good = readInvoice(utf8(GOOD));

describe('an order', () => {
  it('is invoiced once: of 55 invoices that name it, those it has room for are paid, and the others wait', async () => {
    const { bank, start, reasons } = await opened({ total: 3 * good.taxExclusive });

    for (let i = 0; i < 55; i++) await start(`2026-${1_000 + i}`);

    const { waiting, rules } = await reasons();

    expect(bank.effects.length).toBe(3);
    expect(waiting.length).toBe(52);
    expect(rules).toEqual(['order-used-up']);
    expect(waiting[0]?.says).toBe(
      'order PO-7 is used up: of EUR 375.00 before tax, EUR 0.00 is not invoiced yet, and the invoice asks for EUR 125.00',
    );
  });

  it('is delivered in parts: an invoice over less than is left is paid', async () => {
    const { bank, start, reasons } = await opened({ total: 2 * good.taxExclusive - 1_000 });
    await start('first');
    await start('second');

    expect(bank.effects.length).toBe(1);
    expect((await reasons()).rules).toEqual(['order-used-up']);
  });

  it('that is over by more than the tolerance is a price mismatch, and holds nothing', async () => {
    const { bank, start, reasons } = await opened({ total: good.taxExclusive - 1_000 });
    await start('too much');
    expect((await reasons()).rules).toEqual(['price-mismatch']);
    expect(bank.effects).toEqual([]);
  });

  it('is left to the original by its duplicate, whichever is matched first', async () => {
    const { bank, start, reasons } = await opened({ total: good.taxExclusive });
    await start('same', 'a');
    await start('same', 'b');
    expect(bank.effects.length).toBe(1);
    expect((await reasons()).rules).toEqual(['possible-duplicate']);
  });

  it('is free again once the invoice that reserved it is rejected', async () => {
    const { bank, bench, start, reasons } = await opened({ total: good.taxExclusive });

    await start('odd', 'odd', { iban: 'DE89370400440532013000' });
    expect((await reasons()).rules).toEqual(['changed-bank-account']);

    for (const { key, gate, seen } of await bench.openGates())
      await bench.decide(APPROVER, {
        key,
        gate: gate.gate,
        seen,
        outcome: 'rejected',
        reason: 'not our account',
      });

    await settle(bench);

    await start('right');
    expect(bank.effects.length).toBe(1);
  });
});

describe('an order that is invoiced line by line', () => {
  /** An invoice of 302.5 units in two lines, all of one line of the order. */
  const of = (orderLine?: string) => ({
    lines: good.lines.map((line) => ({
      ...line,
      ...(orderLine === undefined ? {} : { orderLine }),
    })),
  });

  const twice = [{ line: '1', quantity: 605_000 }];

  it('is drawn down in quantities, too', async () => {
    const { bank, start, reasons } = await opened(
      { total: 9 * good.taxExclusive, byLine: true },
      twice,
    );

    for (const number of ['one', 'two', 'three']) await start(number, number, of('1'));

    expect(bank.effects.length).toBe(2);

    const { waiting } = await reasons();

    expect(waiting.map(({ says }) => says)).toEqual([
      'the quantities do not fit order PO-7: of line 1, 0 is not invoiced yet, and the invoice asks for 302.5',
    ]);
  });

  it.each([
    ['names no line of it', of(), 'line 1 of the invoice names no line of the order'],
    ['names a line that it does not have', of('7'), 'the order has no line 7'],
  ])('waits when an invoice %s', async (_, fields, problem) => {
    const { bank, start, reasons } = await opened(
      { total: 9 * good.taxExclusive, byLine: true },
      twice,
    );

    await start('one', 'one', fields);
    expect(bank.effects).toEqual([]);
    expect((await reasons()).waiting[0]?.says).toBe(
      `the quantities do not fit order PO-7: ${problem}`,
    );
  });

  it.each([
    [
      'takes as much back as it asks for',
      ['5', '-5'],
      'line 2 of the invoice is not of a quantity above zero',
    ],
    ['asks for nothing', ['0', '1'], 'line 1 of the invoice is not of a quantity above zero'],
  ])('waits when an invoice %s', async (_, quantities, problem) => {
    const each = quantities.map((quantity, i) => ({
      ...good.lines[0]!,
      id: String(i),
      quantity,
      orderLine: '1',
    }));
    expect(quantitiesByOrderLine(each).problem).toBe(problem);
  });

  it('waits when an invoice names a line with a slash, which could be a line of another order', () => {
    expect(quantitiesByOrderLine([{ ...good.lines[0]!, orderLine: 'B/1' }]).problem).toBe(
      'line 1 of the invoice names a line of the order with a slash',
    );
  });

  it.each([
    ['of the longest ids that are read', 'X'.repeat(60), 'Y'.repeat(60)],
    ['of ids in another script', '\u03a9'.repeat(20), '\u03c8'.repeat(10)],
  ])('takes as many lines as are counted, %s, without parking the run', async (_, order, line) => {
    const all = Array.from({ length: 19 }, (__, i) => ({ line: `${line}${i}`, quantity: 1_000 }));
    const { bank, start } = await opened(
      { id: order, total: 99 * good.taxExclusive, byLine: true },
      all,
    );

    const lines = all.map((each, i) => ({
      ...good.lines[0]!,
      id: String(i),
      quantity: '1',
      net: 0,
      price: '0',
      orderLine: each.line,
    }));

    const even = lines.map((each) => ({ ...each, allowances: 0, charges: 0 }));
    await start('many', 'many', { orderId: order, lines: even });
    expect(bank.effects.length).toBe(0); // the sums do not agree, which is all that is wrong
  });

  it('counts thousandths, and never less than is invoiced', () => {
    const line = (orderLine: string, quantity: string) => ({
      ...good.lines[0]!,
      orderLine,
      quantity,
    });

    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.nat(9_999), (whole, part) => {
        const text = `${whole}.${String(part).padStart(4, '0')}`;
        const counted = quantitiesByOrderLine([line('1', text)]).quantities?.get('1') ?? Number.NaN;
        expect(counted).toBe(Math.ceil((whole * 10_000 + part) / 10));
      }),
    );

    expect(
      quantitiesByOrderLine([line('1', '1'), line('2', '0.5'), line('1', '2')]).quantities,
    ).toEqual(
      new Map([
        ['1', 3_000],
        ['2', 500],
      ]),
    );

    expect(
      quantitiesByOrderLine(Array.from({ length: 20 }, (_, i) => line(String(i), '1'))).problem,
    ).toBe('the invoice names 20 lines of the order; up to 19 are counted');
  });
});

/** The automation with the known supplier and one order, PO-7. */
async function opened(
  {
    id = 'PO-7',
    ...order
  }: { readonly id?: string; readonly total: number; readonly byLine?: boolean },
  orderLines: readonly { readonly line: string; readonly quantity: number }[] = [],
) {
  const bank = new FakeVendor({ kind: 'idempotent', windowMs: DAY });
  const bench = await workbench(flow, { vendors: bank });

  await bench.seedRollout('exceptions');

  const put = (
    collection: string,
    records: { readonly id: string; readonly values: Record<string, unknown> }[],
  ) =>
    importRecords(bench.ports('records'), flow, {
      workspace: WORKBENCH_WORKSPACE,
      collection,
      records,
      actor: STARTER,
    });

  const { supplierId, supplierName, currency, iban } = good;

  await put('supplier', [{ id: supplierId, values: { name: supplierName, iban } }]);
  await put('order', [{ id, values: { supplierId, currency, ...order } }]);
  await put(
    'order-line',
    orderLines.map(({ line, quantity }) => ({ id: `${id}/${line}`, values: { quantity } })),
  );

  return {
    bank,
    bench,
    async start(
      invoiceNumber: string,
      idempotencyKey = invoiceNumber,
      fields: Record<string, unknown> = {},
    ) {
      const { run } = await bench.start({
        idempotencyKey,
        input: { ...good, invoiceNumber, ...looksOf(good.supplierId, invoiceNumber), ...fields },
      });

      await settle(bench);

      const { parked } = await runDocument(bench, flow, run);
      if (parked !== undefined) throw new Error(`${parked.code}: ${parked.reason}`);
    },
    async reasons() {
      const waiting = (await bench.openGates()).flatMap(({ gate }) => gate.hits);
      return { waiting, rules: [...new Set(waiting.map(({ rule }) => rule))] };
    },
  };
}
