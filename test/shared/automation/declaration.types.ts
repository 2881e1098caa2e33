/**
 * What must not compile. Not run: the type checker is the test, and each `@ts-expect-error` fails it when the line below
 * compiles after all.
 */
import * as z from 'zod/mini';
import { automation, open, role, sensitive } from '#shared/automation/index.ts';

automation({
  name: 'a',
  version: 1,
  purpose: 'p',
  subjects: { supplier: 'supplierId' },
  fields: {
    supplierId: z.string(), // @ts-expect-error the subject `nobody` is not declared
    iban: sensitive(z.string(), { class: 'financial', of: 'nobody' }),
  },
});

automation({
  name: 'a',
  version: 1,
  purpose: 'p',
  // @ts-expect-error a subject must be known by a declared field
  subjects: { supplier: 'vat' },
  fields: { supplierId: z.string() },
});

// @ts-expect-error `secret` is no class of data
sensitive(z.string(), { class: 'secret', of: 'supplier' });

const invoice = automation({
  name: 'invoice',
  version: 1,
  purpose: 'pay suppliers what was ordered',
  subjects: { supplier: 'supplierId' },
  fields: {
    supplierId: z.string(),
    total: z.int(),
    note: z.optional(z.string()),
    iban: sensitive(z.string(), { class: 'financial', of: 'supplier' }),
    paymentId: open(z.string()),
    lines: z.array(z.string()),
  },
  records: {
    order: { fields: { total: z.int() } },
    seen: { fields: {} },
    budget: { fields: { name: z.string(), left: z.int() }, balances: { left: {} } },
  },
});

const answer = z.strictObject({ id: z.string() });

/** What is declared does compile, with the types one expects. */
export const pay = invoice.step('pay', {
  reads: ['iban', 'total', 'note'],
  writes: ['paymentId'],
  secrets: ['signing'],
  vendors: ['bank'],
  lookups: ['order'],
  registers: ['seen'],
  effect: 'external',
  pretend: ({ total }) => ({ paymentId: `pretended ${total satisfies number}` }),
  async run({ fields, vendor, secret, record }) {
    fields.note satisfies string | undefined;
    (await secret('signing')) satisfies string;
    (await record('order').find('1'))?.total satisfies number | undefined;
    (await record('seen').claim('1')) satisfies string;

    const { id } = await vendor('bank').post(
      '/payments',
      { to: fields.iban, cents: fields.total },
      answer,
    );

    return { paymentId: id };
  },
});

/** Balances are reserved by their names, and only where that is declared. */
invoice.step('reserve', {
  reads: ['total'],
  reserves: ['budget'],
  effect: 'internal',
  async run({ fields, record }) {
    const reserved = await record('budget').reserve('2026', { left: fields.total });

    reserved?.fits satisfies boolean | undefined;
    reserved?.left.left satisfies number | undefined;
    // @ts-expect-error `name` is a field of the record, and no balance
    record('budget').reserve('2026', { name: 1 });
    // @ts-expect-error the step looks nothing up
    record('budget').find('2026');
    // @ts-expect-error the records `order` have no balances
    record('order').reserve('1', { total: 1 });

    return {};
  },
});

invoice.step('undeclared-use', {
  reads: ['total'],
  writes: ['paymentId'],
  secrets: ['signing'],
  vendors: ['bank'],
  lookups: ['order'],
  effect: 'external',
  pretend: () => ({ paymentId: '' }),
  async run({ fields, vendor, secret, record }) {
    // @ts-expect-error `iban` is not in `reads`
    fields.iban;
    // @ts-expect-error a field cannot be written through the context
    fields.total = 1;
    // @ts-expect-error the vendor `crm` is not declared
    vendor('crm');
    // @ts-expect-error the secret `other` is not declared
    secret('other');
    // @ts-expect-error the records `seen` are not declared here
    record('seen');
    // @ts-expect-error `order` may be looked up, not registered
    record('order').claim('1');

    return { paymentId: '' };
  },
});

// @ts-expect-error the declared field `paymentId` is not returned
invoice.step('returns-too-little', { writes: ['paymentId'], effect: 'none', run: () => ({}) });
invoice.step('returns-too-much', {
  writes: ['paymentId'],
  effect: 'none',
  // @ts-expect-error `total` is not in `writes`
  run: () => ({ paymentId: '', total: 1 }),
});
invoice.step('returns-too-much-later', {
  writes: ['paymentId'],
  effect: 'none',
  // @ts-expect-error `total` is not in `writes`, also when it comes later
  run: async () => ({ paymentId: '', total: 1 }),
});
invoice.step('returns-another-type', {
  writes: ['paymentId'],
  effect: 'none',
  // @ts-expect-error `paymentId` is a string
  run: () => ({ paymentId: 1 }),
});
// @ts-expect-error the field `salary` is not declared
invoice.step('reads-unknown', { reads: ['salary'], effect: 'none', run: () => ({}) });
// @ts-expect-error an external step must declare what it pretends
invoice.step('no-pretence', { vendors: ['bank'], effect: 'external', run: () => ({}) });
// @ts-expect-error only an external step calls a vendor
invoice.step('quiet-call', { vendors: ['bank'], effect: 'internal', run: () => ({}) });
invoice.step('two-vendors', {
  // @ts-expect-error exactly one vendor
  vendors: ['bank', 'crm'],
  effect: 'external',
  pretend: () => ({}),
  run: () => ({}),
});

invoice.rule('fine', {
  reads: ['total'],
  settings: { limit: 5 },
  hits: ({ total }, { limit }) => total > limit,
  says: '{total} over {limit}',
});
invoice.rule('a-list-in-settings', {
  reads: ['total'],
  settings: { allowed: ['DE', 'FR'], steps: [1, 2] },
  hits: ({ total }, { allowed, steps }) =>
    allowed.includes(`country ${total}`) || steps.includes(total),
  says: '{total} is none of {steps} and {allowed}',
});
invoice.rule('a-list-of-texts', {
  reads: ['total'],
  settings: { allowed: ['DE', 'FR'] },
  // @ts-expect-error the items are texts
  hits: ({ total }, { allowed }) => allowed.includes(total),
  says: 'no',
});
// @ts-expect-error a rule cannot read a sensitive field
invoice.rule('sealed', { reads: ['iban'], hits: () => true, says: 'no' });
// @ts-expect-error a list is no single fact
invoice.rule('list', { reads: ['lines'], hits: () => true, says: 'no' });
// @ts-expect-error a gate cannot show a sensitive field
invoice.gate('shows-iban', { decidedBy: role('Compliance Officer'), shows: ['iban'] });
