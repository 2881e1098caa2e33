import invoice from '#functions/automations/invoice-approval/automation.ts';
import { quantitiesByOrderLine } from '#functions/automations/invoice-approval/order-lines.ts';
import { looksOf, readInvoice } from '#functions/automations/invoice-approval/ubl.ts';
import { GOOD, utf8 } from '../../functions/automations/invoice-approval/good-invoice.ts';
import { common, ends, type Scenario, type Subject, waiting } from './recorder-scenarios.ts';

const good = readInvoice(utf8(GOOD));
const numbered = (invoiceNumber: string) => ({
  ...good,
  invoiceNumber,
  ...looksOf(good.supplierId, invoiceNumber),
});
/** Names an order that was never given, so somebody has to look at it. */
const ODD = { orderId: 'PO-of-nobody' };
const OTHER_IBAN = 'DE89370400440532013000';
/**
 * An invoice of the order that is invoiced line by line: all of it is of the order's first line.
 */
const byLine = (invoiceNumber: string) => ({
  ...numbered(invoiceNumber),
  orderId: 'PO-8',
  lines: good.lines.map((line) => ({ ...line, orderLine: '1' })),
});
const FREE = { prepaid: good.taxInclusive, payable: 0 };

const SUBJECT: Subject = {
  flow: invoice,
  usual: numbered,
  unusual: (invoiceNumber) => ({ ...numbered(invoiceNumber), ...ODD }),
  afterRejection: ['tell-rejection'],
  external: ['pay'],
};

/**
 * What becomes of invoices: everything the functions are there for, and everything that goes wrong
 * and is mended.
 */
export const INVOICES: readonly Scenario[] = [
  [
    'one of a supplier nobody knows, before anything was put in place',
    async (bench) => {
      const run = await bench.start('stranger', {
        ...numbered('stranger'),
        supplierId: 'STRANGER',
        contactKey: 'somebody',
      });

      await bench.settle();
      await ends(bench, run, 'done');
      await bench.import('order', 'PO-7', {
        supplierId: good.supplierId,
        currency: good.currency,
        total: 1_000 * good.taxExclusive,
      });

      // one that is invoiced line by line, and has room for two such invoices
      const order = {
        supplierId: good.supplierId,
        currency: good.currency,
        total: 2 * good.taxExclusive,
        byLine: true,
      };

      await bench.import('order', 'PO-8', order);
      await bench.import('order-line', 'PO-8/1', {
        quantity: 2 * (quantitiesByOrderLine(byLine('any').lines).quantities?.get('1') ?? 0),
      });
      await bench.import('supplier', good.supplierId, { name: good.supplierName, iban: good.iban });
    },
  ],
  ...common(SUBJECT),
  [
    'one that is approved and paid, every word of it handed out twice',
    async (bench) => {
      const run = await waiting(bench, 'approved', SUBJECT.unusual('approved'));
      await bench.decide(run, 'approved');
      await bench.settle('again');
      await ends(bench, run, 'done');
    },
  ],
  [
    'ones of an order that is invoiced line by line, until it is used up, the last one approved',
    async (bench) => {
      for (const number of ['part-1', 'part-2']) {
        const run = await bench.start(number, byLine(number));
        await bench.settle('again');
        await ends(bench, run, 'done');
      }

      const over = await waiting(bench, 'part-3', byLine('part-3'));
      await bench.decide(over, 'approved');
      await bench.settle();
      await ends(bench, over, 'done');
    },
  ],
  [
    'one whose account is another than is known, so that what it reserved is given back',
    async (bench) => {
      const run = await waiting(bench, 'other-account', {
        ...SUBJECT.usual('other-account'),
        iban: OTHER_IBAN,
      });
      await bench.decide(run, 'rejected');
      await bench.settle('again');
      await ends(bench, run, 'rejected');
    },
  ],
  [
    'one that came before',
    async (bench) => {
      const run = await waiting(bench, 'again', { ...SUBJECT.usual('usual') });
      await bench.decide(run, 'rejected');
      await bench.settle();
      await ends(bench, run, 'rejected');
    },
  ],
  [
    'ones with nothing to pay, unattended and approved',
    async (bench) => {
      const unattended = await bench.start('free', { ...SUBJECT.usual('free'), ...FREE });
      const approved = await waiting(bench, 'free-and-odd', {
        ...SUBJECT.unusual('free-and-odd'),
        ...FREE,
      });

      await bench.decide(approved, 'approved');
      await bench.settle('again');
      for (const run of [unattended, approved]) await ends(bench, run, 'done');
    },
  ],
];
