import { describe, expect, it } from 'vitest';

import { checkTotals } from '#functions/automations/invoice-approval/arithmetic.ts';
import { isIban } from '#functions/automations/invoice-approval/iban.ts';
import {
  generateSamples,
  type SampleRule,
} from '#functions/automations/invoice-approval/samples/generator.ts';
import { readInvoice } from '#functions/automations/invoice-approval/ubl.ts';
import { utf8 } from './good-invoice.ts';

const RULES: readonly SampleRule[] = [
  ...([
    'arithmetic-wrong',
    'changed-bank-account',
    'new-supplier',
    'no-order',
    'over-limit',
    'possible-duplicate',
    'price-mismatch',
  ] as const),
];
const SEEDS = ['writ', 'another seed', '3'];
const sets = SEEDS.map((seed) => ({ seed, samples: generateSamples(seed) }));

describe.each(sets)('samples of the seed "$seed"', ({ seed, samples }) => {
  const { suppliers, orders, invoices } = samples;
  const read = invoices.map((invoice) => ({ ...invoice, input: readInvoice(utf8(invoice.xml)) }));

  it('are the same bytes every time', () => {
    expect(generateSamples(seed)).toEqual(samples);
  });

  it('are 40 suppliers and 212 invoices, of which 12 hit a rule and every rule is hit', () => {
    const hits = invoices.filter(({ expect: expected }) => expected !== 'paid');
    expect([suppliers.length, invoices.length, hits.length]).toEqual([40, 212, 12]);
    expect([...new Set(hits.map((hit) => hit.expect))].sort()).toEqual(RULES);
  });

  it('have distinct files, suppliers, accounts and orders, and addresses that nobody has', () => {
    const distinct = (values: readonly string[]) =>
      expect(new Set(values).size).toBe(values.length);

    distinct(invoices.map(({ file }) => file));
    distinct(invoices.map(({ xml }) => xml));
    distinct(orders.map(({ id }) => id));

    for (const key of ['id', 'name', 'iban'] as const)
      distinct(suppliers.map((supplier) => supplier[key]));

    for (const { iban, contact } of suppliers) {
      expect(isIban(iban)).toBe(true);
      expect(contact.email).toMatch(/^[a-z]+\.[a-z]+@[a-z-]+\.example$/);
    }
  });

  it('say in XML what they say beside it', () => {
    for (const { input, invoiceNumber, amount } of read) {
      expect(input).toMatchObject({ invoiceNumber, payable: amount, currency: 'EUR' });
      expect(isIban(input.iban)).toBe(true);
    }
  });

  it('hit the rule they are meant to hit, and no other', () => {
    const register = new Map(suppliers.map((supplier) => [supplier.id, supplier]));
    const ordered = new Map(orders.map((order) => [order.id, order]));
    const seen = new Set<string>();

    for (const { input, expect: expected, file } of read) {
      const order = ordered.get(input.orderId ?? '');
      const supplier = register.get(input.supplierId);
      const key = `${input.supplierId} ${input.invoiceNumber}`;
      const hits: SampleRule[] = [];

      if (!checkTotals(input).agrees) hits.push('arithmetic-wrong');

      if (supplier && supplier.iban !== input.iban) hits.push('changed-bank-account');

      if (!supplier) hits.push('new-supplier');

      if (order?.supplierId !== input.supplierId) hits.push('no-order');

      if (input.payable > 1_000_000) hits.push('over-limit');

      if (seen.has(key)) hits.push('possible-duplicate');

      if (order && (input.taxExclusive - order.total) * 50 > order.total)
        hits.push('price-mismatch');

      expect(hits, file).toEqual(expected === 'paid' ? [] : [expected]);
      seen.add(key);
    }
  });

  it('duplicate only clean invoices that came before', () => {
    const duplicates = read.filter((each) => each.expect === 'possible-duplicate');
    for (const { input, file } of duplicates) {
      const first = read.find(
        (each) =>
          each.input.supplierId === input.supplierId &&
          each.input.invoiceNumber === input.invoiceNumber,
      );

      expect(first).toMatchObject({ expect: 'paid' });
      expect((first?.file ?? '') < file).toBe(true);
      expect(first?.input).toEqual(input);
    }
  });

  it('vary as real invoices do', () => {
    const some = (test: (each: (typeof read)[0]) => boolean) =>
      expect(read.filter(test).length).toBeGreaterThan(3);

    some(({ xml }) => xml.includes('<Invoice '));
    some(({ xml }) => xml.includes('<ubl:Invoice '));
    some(({ xml }) => xml.includes('EmbeddedDocumentBinaryObject'));
    some(({ input }) => input.taxes.length > 1);
    some(({ input }) => input.allowances.length > 0);
    some(({ input }) => input.charges.length > 0);
    some(({ input }) => input.lines.some((line) => line.allowances > 0));
    some(({ input }) => input.lines.some((line) => line.quantity.includes('.')));
    some(({ input }) => input.lines.some((line) => line.baseQuantity !== undefined));
    some(({ input }) => input.prepaid > 0);
    some(({ input }) => input.rounding !== 0);
  });
});

it('gives other invoices for another seed', () => {
  expect(new Set(sets.map(({ samples }) => samples.invoices[0]?.xml)).size).toBe(SEEDS.length);
});
