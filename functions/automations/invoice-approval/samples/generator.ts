import { type Random, seededRandom } from '#shared/kernel/index.ts';
import { countryOf } from './countries.ts';
import { between, chance, digits, pick, shuffled } from './dice.ts';
import { type Draft, draftFigures, type Wanted } from './draft.ts';
import { type SampleSupplier, sampleIban, sampleSuppliers } from './suppliers.ts';
import { type Looks, toUbl } from './to-ubl.ts';
import type { XmlStyle } from './xml-writer.ts';

/** Rules that an invoice can hit, each of which requires a decision. */
export type SampleRule =
  | 'over-limit'
  | 'no-order'
  | 'price-mismatch'
  | 'new-supplier'
  | 'changed-bank-account'
  | 'possible-duplicate'
  | 'arithmetic-wrong';

export interface SampleOrder {
  readonly id: string;
  readonly supplierId: string;
  readonly currency: 'EUR';
  /** Total before tax, in cents. */
  readonly total: number;
}

export interface SampleInvoice {
  /** File name: `INV-0001.xml` and so on, in order of arrival. */
  readonly file: string;
  readonly xml: string;
  /** The only rule that the invoice hits, or `paid`. */
  readonly expect: 'paid' | SampleRule;
  readonly invoiceNumber: string;
  /** Payable amount, in cents. */
  readonly amount: number;
}

/** Register of suppliers, their orders and their invoices. Every person and company is invented. */
export interface Samples {
  readonly suppliers: readonly SampleSupplier[];
  readonly orders: readonly SampleOrder[];
  readonly invoices: readonly SampleInvoice[];
}

const SUPPLIERS = 40;
const INVOICES = 212;
const HITS: readonly SampleRule[] = [
  ...([
    'over-limit',
    'over-limit',
    'no-order',
    'no-order',
    'price-mismatch',
    'price-mismatch',
    'new-supplier',
  ] as const),
  ...([
    'changed-bank-account',
    'changed-bank-account',
    'possible-duplicate',
    'possible-duplicate',
    'arithmetic-wrong',
  ] as const),
];
const USUAL: Wanted = { payable: [4_000, 950_000], factor: 1 };
const LARGE: Wanted = { payable: [1_050_000, 4_000_000], factor: 8 };
const STYLES: readonly [XmlStyle, ...XmlStyle[]] = [
  { root: '', cac: 'cac', cbc: 'cbc', indent: '  ', newline: '\n' },
  { root: 'ubl', cac: 'cac', cbc: 'cbc', indent: '\t', newline: '\r\n' },
  { root: 'ns1', cac: 'ns2', cbc: 'ns3', indent: '', newline: '' },
  { root: 'inv', cac: 'a', cbc: '', indent: '    ', newline: '\n' },
];

/**
 * Generates 40 suppliers, their orders, and 212 invoices. Exactly 200 invoices are clean, and 12
 * hit one rule each. Every rule is hit. A clean invoice is for at most 10,000.00, stays within 2 %
 * of its order, and adds up. The same seed gives the same bytes on every machine.
 */
export function generateSamples(seed: string): Samples {
  const random = seededRandom(seed);
  // Generates one supplier more than the register holds: the unknown supplier of `new-supplier`.
  const [unregistered, ...suppliers] = sampleSuppliers(random, SUPPLIERS + 1) as [
    SampleSupplier,
    ...SampleSupplier[],
  ];

  const hits = placeHits(random);
  const orders: SampleOrder[] = [];
  const invoices: SampleInvoice[] = [];
  const clean: { draft: Draft; looks: Looks }[] = [];

  for (let i = 0; i < INVOICES; i++) {
    const hit = hits.get(i);
    const earlier =
      hit === 'possible-duplicate'
        ? clean.splice(between(random, 0, clean.length - 1), 1)[0]
        : undefined;

    const supplier =
      hit === 'new-supplier'
        ? unregistered
        : (suppliers[between(random, 0, SUPPLIERS - 1)] as SampleSupplier);

    const draft = earlier?.draft ?? draftInvoice(random, supplier, i, hit);
    const looks = earlier ? otherLooks(earlier.looks) : throwLooks(random);

    if (hit === undefined) clean.push({ draft, looks });

    if (earlier === undefined && hit !== 'no-order') orders.push(orderFor(random, draft, hit));

    invoices.push({
      file: `INV-${String(i + 1).padStart(4, '0')}.xml`,
      xml: toUbl(draft, looks),
      expect: hit ?? 'paid',
      invoiceNumber: draft.number,
      amount: draft.payable,
    });
  }

  return { suppliers, orders: shuffled(random, orders), invoices };
}

/**
 * Distributes the hits: one in each twelfth of the list, but never on its first invoice, because a
 * duplicate needs an earlier invoice.
 */
function placeHits(random: Random): Map<number, SampleRule> {
  const stretch = Math.floor(INVOICES / HITS.length);
  return new Map(
    shuffled(random, HITS).map((rule, i) => [i * stretch + between(random, 1, stretch - 1), rule]),
  );
}

function draftInvoice(
  random: Random,
  supplier: SampleSupplier,
  i: number,
  hit: SampleRule | undefined,
): Draft {
  const figures = draftFigures(random, supplier, hit === 'over-limit' ? LARGE : USUAL);
  const day = Date.UTC(2026, 0, 5) + Math.floor(i / 3) * 86_400_000;
  const date = (time: number) => new Date(time).toISOString().slice(0, 10);
  const serial = String(i + 1).padStart(4, '0');

  return {
    ...figures,
    number: pick(random, [
      `2026-${serial}`,
      `F26/${serial}`,
      `RE${digits(random, 3)}${serial}`,
      `${serial}`,
    ]),
    issueDate: date(day),
    dueDate: date(day + pick(random, [14, 30, 60]) * 86_400_000),
    // An invoice without a matching order names an unknown order or does not name an order.
    orderId:
      hit === 'no-order' && chance(random, 50) ? undefined : `PO-${digits(random, 3)}${serial}`,
    iban:
      hit === 'changed-bank-account'
        ? sampleIban(random, countryOf(supplier.country))
        : figures.iban,
    payable: hit === 'arithmetic-wrong' ? figures.payable + 9_000 : figures.payable,
  };
}

/**
 * Generates the order of an invoice. Most invoices match its total exactly, some differ by up to
 * 1.5 %, and mismatched invoices exceed it by more.
 */
function orderFor(random: Random, draft: Draft, hit: SampleRule | undefined): SampleOrder {
  const permille =
    hit === 'price-mismatch'
      ? pick(random, [70, 45, 45, 120])
      : chance(random, 15)
        ? between(random, -15, 15)
        : 0;

  const total = Math.round((draft.taxExclusive * 1_000) / (1_000 + permille));
  return { id: draft.orderId as string, supplierId: draft.supplier.id, currency: 'EUR', total };
}

function throwLooks(random: Random): Looks {
  return {
    style: pick(random, STYLES),
    note: chance(random, 30)
      ? pick(random, [
          'Thank you for your order.',
          'Déjà livré – merci & à bientôt',
          'Please quote our number.',
        ])
      : undefined,
    attachment: chance(random, 10),
    grouped: chance(random, 25),
  };
}

/** Returns the presentation of the same invoice when another program sends it again. */
function otherLooks(looks: Looks): Looks {
  const style = STYLES[(STYLES.indexOf(looks.style) + 1) % STYLES.length] as XmlStyle;
  return {
    style,
    note: 'Copy of an invoice sent before.',
    attachment: !looks.attachment,
    grouped: !looks.grouped,
  };
}
