import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { automation, decide, inWords, open, role, sensitive } from '#shared/automation/index.ts';
import { days, seconds } from '#shared/kernel/index.ts';

type Loose = { [key: string]: unknown };

/**
 * A declaration that is right, with some of it replaced; typed loosely, as an author who works
 * around the types writes.
 */
function declare(over: Loose = {}) {
  return automation({
    name: 'refund',
    version: 1,
    purpose: 'give money back',
    subjects: { customer: 'customerId' },
    fields: {
      customerId: z.string(),
      amount: z.int(),
      iban: sensitive(z.string(), { class: 'financial', of: 'customer' }),
      reason: open(z.optional(z.string())),
      checked: z.boolean(),
      paid: z.string(),
    },
    records: { order: { of: 'customer', fields: { total: z.int() } } },
    ...over,
  } as never) as never as ReturnType<typeof real>;
}
const real = () =>
  automation({
    name: 'x',
    version: 1,
    purpose: 'x',
    subjects: {},
    fields: { amount: z.int(), checked: z.boolean() },
    records: { order: { fields: {} } },
  });

const loose = (declaration: Loose) => declaration as never;

function flowOf(
  over: Loose = {},
  parts: {
    readonly check?: Loose;
    readonly pay?: Loose;
    readonly rule?: Loose;
    readonly gate?: Loose;
    readonly retry?: Loose;
    readonly timeout?: number;
  } = {},
  names: { readonly check?: string } = {},
) {
  const declared = declare(over);

  const check = declared.step(
    names.check ?? 'check',
    loose({
      reads: ['amount', 'customerId', 'reason'],
      writes: ['checked'],
      effect: 'none',
      run: () => ({}),
      ...parts.check,
    }),
  );

  const pay = declared.step(
    'pay',
    loose({
      reads: ['iban', 'amount'],
      writes: ['paid'],
      vendors: ['bank'],
      effect: 'external',
      pretend: () => ({}),
      run: () => ({}),
      ...parts.pay,
    }),
  );

  const rule = declared.rule(
    'large',
    loose({
      reads: ['amount', 'checked'],
      settings: { limit: 5 },
      hits: () => true,
      says: '{amount} is over {limit}',
      ...parts.rule,
    }),
  );

  const gate = declared.gate(
    'approve',
    loose({
      when: [rule],
      decidedBy: role('Compliance Officer'),
      shows: ['amount'],
      ...parts.gate,
    }),
  );

  return declared.flow((run) =>
    run
      .stage('checking')
      .step(check, { retry: parts.retry as never, timeout: parts.timeout ?? seconds(5) })
      .gate(gate)
      .stage('paying')
      .step(pay),
  );
}

/** Orders with these balances. */
const orders = (balances: Loose) => ({
  records: {
    order: {
      of: 'customer',
      fields: {
        total: z.int(),
        name: z.string(),
        weight: z.number(),
        secret: sensitive(z.int(), { class: 'financial', of: 'customer' }),
      },
      balances,
    },
  },
});

/** The declaration with a gate decided by that role. */
const decidedBy = (name: string) => () => flowOf({}, { gate: { decidedBy: role(name) } });

describe('a declaration', () => {
  it('that is right is accepted, and knows its inputs', () => {
    expect(flowOf()).toMatchObject({
      name: 'refund',
      inputs: ['customerId', 'amount', 'iban', 'reason'],
      supervisedBy: { role: 'Compliance Officer' },
    });
  });

  it('that reserves and draws is accepted, and its definition depends on the balances', () => {
    const parts = { check: { effect: 'internal', reserves: ['order'] }, pay: { draws: ['order'] } };
    const hashes = [{}, { tolerancePerMille: 20 }].map(
      (total) => flowOf(orders({ total }), parts).definition,
    );
    expect(new Set(hashes).size).toBe(2);
  });

  it('without balances and reservations has the definition it had before there were any', () => {
    expect(flowOf().definition).toBe(
      'd0182a5d744fc120d08e66c2a44c9c982beae023360717eebfd0ca9a73f0b19e',
    );
  });

  const wrong: [string, RegExp, () => unknown][] = [
    ['a name with a separator', /automation "a#b" is not a name/, () => flowOf({ name: 'a#b' })],
    [
      'a name the platform uses',
      /the name "vendor" is reserved; reserved are .*\bvendor\b/,
      () => flowOf({ name: 'vendor' }),
    ],
    [
      'a version of nothing',
      /version must be an integer from 1, got 0/,
      () => flowOf({ version: 0 }),
    ],
    ['no purpose', /purpose must say why/, () => flowOf({ purpose: ' ' })],
    [
      'a purpose that shows nothing',
      /purpose must say why/,
      () => flowOf({ purpose: '\u200b\u3164' }),
    ],
    [
      'a rule that says nothing',
      /rule large must say in a sentence/,
      () => flowOf({}, { rule: { says: '\u2060' } }),
    ],
    [
      'a subject known by what a step writes',
      /known by "paid"/,
      () => flowOf({ subjects: { customer: 'paid' } }),
    ],
    [
      'more subjects than a message carries',
      /there are 17 subjects; allowed are 16/,
      () =>
        flowOf({
          subjects: Object.fromEntries(
            Array.from({ length: 17 }, (_, i) => [`s${i}`, 'customerId']),
          ),
        }),
    ],
    [
      'a sensitive field of nobody',
      /allowed are customer/,
      () =>
        flowOf({
          fields: {
            ...fields(),
            iban: sensitive(z.string(), { class: 'financial', of: 'nobody' }),
          },
        }),
    ],
    [
      'a field name with a dot',
      /field "a\.b" must be/,
      () => flowOf({ fields: { ...fields(), 'a.b': z.string() } }),
    ],
    [
      'a record of a subject that is not declared',
      /which is not declared/,
      () => flowOf({ records: { order: { of: 'nobody', fields: {} } } }),
    ],
    [
      'a step that reads what is not declared',
      /names field "salary"/,
      () => flowOf({}, { check: { reads: ['salary', 'amount', 'customerId', 'reason'] } }),
    ],
    [
      'a step that looks up what is not declared',
      /names records "invoice"/,
      () => flowOf({}, { check: { lookups: ['invoice'] } }),
    ],
    [
      'a balance that is no field',
      /balance "left", which is not one of its fields/,
      () => flowOf(orders({ left: {} })),
    ],
    [
      'a balance in sealed data',
      /balance secret, which is financial/,
      () => flowOf(orders({ secret: {} })),
    ],
    [
      'a gate decided by a text',
      /gate approve must name a role; write decidedBy: role\('Compliance Officer'\)/,
      () => flowOf({}, { gate: { decidedBy: 'Compliance Officer' } }),
    ],
    [
      'a gate that expires at once',
      /expires after 3 ms; allowed are 1 second to 365 days; write days\(3\)/,
      () => flowOf({}, { gate: { expires: 3 } }),
    ],
    [
      'a balance of text',
      /balance name, which must be a whole number/,
      () => flowOf(orders({ name: {} })),
    ],
    [
      'a balance with fractions',
      /balance weight, which must be a whole number/,
      () => flowOf(orders({ weight: {} })),
    ],
    [
      'a step without effect that reserves',
      /step check reserves or draws records, so its effect must be internal or external, got none/,
      () =>
        flowOf(orders({ total: {} }), {
          check: { effect: 'none', reserves: ['order'] },
          pay: { draws: ['order'] },
        }),
    ],
    [
      'a tolerance beyond the whole',
      /with a tolerance of 1001; allowed are 0 to 1000 per mille/,
      () => flowOf(orders({ total: { tolerancePerMille: 1_001 } })),
    ],
    [
      'a tolerance that is a part',
      /with a tolerance of 0\.5; allowed are 0 to 1000 per mille/,
      () => flowOf(orders({ total: { tolerancePerMille: 0.5 } })),
    ],
    [
      'a reservation of records without balances',
      /step check reserves or draws records "order", which have no balances/,
      () =>
        flowOf(orders({}), {
          check: { effect: 'internal', reserves: ['order'] },
          pay: { draws: ['order'] },
        }),
    ],
    [
      'a reservation that nobody draws',
      /step check reserves records "order", and no later step draws them/,
      () => flowOf(orders({ total: {} }), { check: { effect: 'internal', reserves: ['order'] } }),
    ],
    [
      'a draw of what nobody reserved before',
      /step check draws records "order", and no earlier step reserves them/,
      () => flowOf(orders({ total: {} }), { check: { effect: 'internal', draws: ['order'] } }),
    ],
    [
      'an external step without a vendor',
      /exactly one vendor, got 0/,
      () => flowOf({}, { pay: { vendors: [] } }),
    ],
    [
      'an external step with two vendors',
      /exactly one vendor, got 2/,
      () => flowOf({}, { pay: { vendors: ['bank', 'crm'] } }),
    ],
    [
      'an external step that cannot pretend',
      /what it pretends/,
      () => flowOf({}, { pay: { pretend: undefined } }),
    ],
    [
      'a quiet call of a vendor',
      /must be external, got internal/,
      () => flowOf({}, { pay: { effect: 'internal' } }),
    ],
    [
      'endless attempts',
      /has 21 attempts; allowed are 1 to 20/,
      () => flowOf({}, { retry: { attempts: 21 } }),
    ],
    [
      'a pause longer than a queue can hold',
      /pauses 1000 to 900001 ms; allowed are more than 0 and up to 15 minutes/,
      () => flowOf({}, { retry: { capMs: 900_001 } }),
    ],
    [
      'a step longer than a function may run',
      /a timeout of 900001 ms; allowed are up to 15 minutes/,
      () => flowOf({}, { timeout: 900_001 }),
    ],
    [
      'a gate that never expires',
      /expires after 31622400000 ms; allowed are 1 second to 365 days/,
      () => flowOf({}, { gate: { expires: days(366) } }),
    ],
    [
      'a rule over a sealed field',
      /which is financial; allowed are public and internal/,
      () => flowOf({}, { rule: { reads: ['iban'] } }),
    ],
    [
      'a gate that shows a sealed field',
      /gate approve shows field iban/,
      () => flowOf({}, { gate: { shows: ['iban'] } }),
    ],
    [
      'a gate decided by a role that nobody can hold',
      /the role "Manager", which no person can hold; roles are/,
      decidedBy('Manager'),
    ],
    [
      'a gate decided by nobody',
      /the role "", which no person can hold; roles are Compliance Officer, Team Member, Client, or/,
      decidedBy(''),
    ],
    [
      'a gate decided by a misspelt role',
      /"compliance officer", which no person can hold \(did you mean "Compliance Officer"\?\)/,
      decidedBy('compliance officer'),
    ],
    [
      'a gate decided by a name like that of a built-in role',
      /did you mean "Team Member"/,
      decidedBy('team-member'),
    ],
    ['a gate decided by a name with a blank', /which no person can hold/, decidedBy('bookkeeper ')],
    [
      'a gate decided by a name that every object has',
      /which no person can hold/,
      decidedBy('constructor'),
    ],
    ...['Admin', 'Operator', 'Auditor', 'Vendor'].map((name): [string, RegExp, () => unknown] => [
      `a gate decided by ${name}`,
      /which never decides; roles that do are Compliance Officer, Team Member, Client$/,
      decidedBy(name),
    ]),
    [
      'supervision by a role that nobody can hold',
      /external effects are supervised by the role "Boss", which no person can hold/,
      () => flowOf({ supervisedBy: role('Boss') }),
    ],
    [
      'a gate that shows what who decides may not read',
      /gate approve shows field amount, which is internal, and is decided by Client, which reads only public fields/,
      () => flowOf({}, { rule: { says: 'waits' }, gate: { decidedBy: role('Client') } }),
    ],
    [
      'a gate that waits for a reason that who decides may not read',
      /rule large says \{limit\}, which is internal, at gate approve, which is decided by Client/,
      () =>
        flowOf(
          {},
          {
            rule: { says: 'over {limit}' },
            gate: { decidedBy: role('Client'), shows: ['reason'] },
          },
        ),
    ],
    [
      'supervision by who may not read what it shows',
      /gate supervise-pay shows field amount, which is internal, and is decided by Client/,
      () => flowOf({ supervisedBy: role('Client') }),
    ],
    [
      'supervision by who may not read why a gate was passed',
      /rule large says \{limit\}, which is internal, at gate supervise-pay, which is decided by Client/,
      () =>
        flowOf(
          { supervisedBy: role('Client') },
          { rule: { says: 'over {limit}' }, gate: { shows: ['reason'] } },
        ),
    ],
    [
      'a sentence with a fact nobody gives',
      /says \{nothing\}/,
      () => flowOf({}, { rule: { says: '{nothing}' } }),
    ],
    [
      'a step that reads before anybody wrote',
      /reads field paid before/,
      () => flowOf({}, { check: { reads: ['paid', 'amount', 'customerId', 'reason'] } }),
    ],
    [
      'a field nobody reads',
      /field reason is an input that nothing reads; remove it/,
      () => flowOf({}, { check: { reads: ['amount', 'customerId'] } }),
    ],
    [
      'a step with the name of a function every automation has',
      /step intake has a reserved name; reserved are intake, sweeper, timers, dead/,
      () => flowOf({}, {}, { check: 'intake' }),
    ],
    [
      'a flow without a stage',
      /the flow must begin with a stage/,
      () =>
        declare().flow((run) =>
          run.step(
            declare().step(
              'a',
              loose({
                reads: ['amount', 'customerId', 'reason', 'iban'],
                writes: ['checked', 'paid'],
                effect: 'none',
                run: () => ({}),
              }),
            ),
          ),
        ),
    ],
  ];

  const fields = () => ({
    customerId: z.string(),
    amount: z.int(),
    reason: open(z.optional(z.string())),
    iban: sensitive(z.string(), { class: 'financial', of: 'customer' }),
    checked: z.boolean(),
    paid: z.string(),
  });

  it.each(['Compliance Officer', 'Team Member', 'bookkeeper'])(
    'with a gate decided by %s is accepted',
    (name) => {
      expect(decidedBy(name)()).toMatchObject({ name: 'refund' });
    },
  );

  it('with a gate that shows a client public fields and reasons is accepted', () => {
    const rule = { says: '{reason}', reads: ['reason'], settings: {} };
    expect(
      flowOf({}, { rule, gate: { decidedBy: role('Client'), shows: ['reason'] } }),
    ).toMatchObject({ name: 'refund' });
  });

  it('with as many subjects as a message carries is accepted', () => {
    const others = Object.fromEntries(
      Array.from({ length: 15 }, (_, i) => [`s${i}`, 'customerId']),
    );
    expect(
      Object.keys(flowOf({ subjects: { customer: 'customerId', ...others } }).subjects),
    ).toHaveLength(16);
  });

  for (const [what, message, make] of wrong) {
    it(`with ${what} is refused when it is loaded`, () => {
      expect(make).toThrow(
        expect.objectContaining({
          code: 'automation.invalid',
          message: expect.stringMatching(message),
        }),
      );
    });
  }

  it('uses each step once, also in different branches', () => {
    const declared = declare();

    const step = declared.step(
      'again',
      loose({
        reads: ['amount', 'customerId', 'reason', 'iban'],
        writes: ['checked', 'paid'],
        effect: 'none',
        run: () => ({}),
      }),
    );

    expect(() => declared.flow((run) => run.stage('s').step(step).step(step))).toThrow(
      /step again is used twice/,
    );
  });
});

describe('a rule', () => {
  const rule = {
    name: 'large',
    reads: ['amount', 'currency', 'order'],
    settings: { limit: 1_000_000 },
    says: '{amount:money} is over {limit:money}, order {order}',
  };

  it('passes only what it declared, and puts facts, settings and absence into its outcome', () => {
    const seen: unknown[] = [];
    const outcome = decide(
      { ...rule, hits: (fields: unknown, settings: unknown) => seen.push(fields, settings) > 0 },
      { amount: 1_250_000, currency: 'EUR', secret: 'x' },
    );

    expect(seen).toEqual([
      { amount: 1_250_000, currency: 'EUR', order: undefined },
      { limit: 1_000_000 },
    ]);

    expect(outcome).toEqual({
      rule: 'large',
      hit: true,
      facts: { amount: 1_250_000, currency: 'EUR', order: null, limit: 1_000_000 },
      says: 'EUR 12,500.00 is over EUR 10,000.00, order none',
    });
  });

  it('has settings that are lists: its code is given the list, its outcome the items in words', () => {
    const seen: unknown[] = [];

    const asked = decide(
      {
        name: 'elsewhere',
        reads: ['country'],
        settings: { countries: ['DE', 'FR'], none: [] },
        says: '{country} is none of {countries}; never {none}',
        hits: (_: unknown, settings: unknown) => seen.push(settings) > 0,
      },
      { country: 'US' },
    );

    expect(seen).toEqual([{ countries: ['DE', 'FR'], none: [] }]);
    expect(asked.facts).toEqual({ country: 'US', countries: 'DE, FR', none: 'none' });
    expect(asked.says).toBe('US is none of DE, FR; never none');
  });

  it('is another definition with another item in a list, or another order', () => {
    const hashes = [['DE', 'FR'], ['DE'], ['FR', 'DE'], ['DE, FR'], 'DE, FR'].map(
      (limit) => flowOf({}, { rule: { settings: { limit } } }).definition,
    );
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it.each<[string, unknown, RegExp]>([
    ['an object', { most: 5 }, /of another type; allowed are text, integers, true and false/],
    ['a fraction', 0.5, /of another type/],
    ['a list in a list', [['DE']], /of another type/],
    ['nothing in a list', ['DE', null], /of another type/],
    ['a long list', Array(101).fill('DE'), /with 101 items; allowed are 100/],
    ['long items', ['x'.repeat(1_001)], /and 1000 characters in all/],
  ])('has no setting that is %s', (_, limit, words) => {
    expect(() => flowOf({}, { rule: { settings: { limit } } })).toThrow(
      expect.objectContaining({
        code: 'automation.invalid',
        message: expect.stringMatching(words),
      }),
    );
  });

  it('does not say a list as an amount', () => {
    expect(() => flowOf({}, { rule: { settings: { limit: [5] }, says: '{limit:money}' } })).toThrow(
      /limit is a list; allowed is \{limit\}/,
    );
  });

  it('says nothing when it does not hit', () => {
    expect(decide({ ...rule, hits: () => false }, { amount: 1 })).not.toHaveProperty('says');
  });

  it('says no more than an entry takes, whatever the length of a fact', () => {
    for (const order of ['x'.repeat(5_000), '𐍈'.repeat(1_000), `x${'𐍈'.repeat(1_000)}`]) {
      const { says = '' } = decide(
        { ...rule, hits: () => true },
        { amount: 1, currency: 'EUR', order },
      );
      expect([says.length, says.isWellFormed(), says.at(-1)]).toEqual([2_000, true, '…']);
    }
  });

  it('must answer yes or no', () => {
    expect(() => decide({ ...rule, hits: (() => undefined) as never }, {})).toThrow(
      /rule large returned undefined; allowed are true and false/,
    );
  });

  it('puts facts into words once: what a fact contains is not a placeholder', () => {
    expect(inWords('{a} and {b}', { a: '{b}', b: '$&' })).toBe('{b} and $&');
  });
});
