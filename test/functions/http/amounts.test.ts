import { describe, expect, it } from 'vitest';
import invoiceApproval from '#functions/automations/invoice-approval/automation.ts';
import { amountsOf } from '#functions/http/automations/descriptions.ts';
import { describeFlow } from '#shared/automation/index.ts';
import { httpBench, SAMPLE_PEOPLE } from '../../support/http.ts';

interface Shown {
  readonly amounts: Readonly<Record<string, string>>;
  readonly shown: Readonly<Record<string, unknown>>;
  readonly fields: Readonly<Record<string, unknown>>;
}

describe('an amount of money', () => {
  const automation = describeFlow(invoiceApproval);

  it('is a field that a rule tells as one', () => {
    const money = automation.fields.filter((field) => field.money).map(({ name }) => name);
    expect(money).toEqual(['taxExclusive', 'payable', 'orderTotal', 'orderLeft']);
  });

  it('is told in its currency, and not at all without one', () => {
    const values = {
      payable: 1_079_798,
      orderDifferencePerMille: 20,
      orderTotal: -5,
      invoiceNumber: '7',
      taxExclusive: 'much',
    };

    expect(amountsOf(automation, { ...values, currency: 'EUR' })).toEqual({
      payable: 'EUR 10,797.98',
      orderTotal: 'EUR -0.05',
    });

    expect(amountsOf(automation, { ...values, currency: 'JPY' })).toEqual({
      payable: 'JPY 1,079,798',
      orderTotal: 'JPY -5',
    });

    for (const currency of [null, 1])
      expect(amountsOf(automation, { ...values, currency })).toEqual({});

    expect(amountsOf(automation, values)).toEqual({});
    expect(amountsOf(undefined, { ...values, currency: 'EUR' })).toEqual({});
  });

  it('is told at a gate and of a run to who may read the number, and to nobody else', async () => {
    const says = 'sees that there are gates';

    const watcher = {
      v: 'role/1',
      name: 'watcher',
      says,
      grants: [{ permissions: ['gate.read'] }],
    } as const;

    const people = [
      ...SAMPLE_PEOPLE,
      { id: 'watcher', roles: ['watcher'], workspaces: ['acme'] },
    ] as const;

    const bench = await httpBench({ people, roles: [watcher] });
    const run = await bench.start('clerk');

    await bench.settle();

    const at = async (path: string, as: string) => (await bench.ask(path, { as })).json<Shown>();
    const gate = await at(`/gates/${run}.approve-payment`, 'approver');

    expect([gate.shown.payable, gate.amounts]).toEqual([
      62_587,
      { payable: 'EUR 625.87', taxExclusive: 'EUR 544.23' },
    ]);

    const whole = await at(`/runs/${run}`, 'approver');

    expect([whole.fields.payable, whole.amounts]).toMatchObject([
      62_587,
      { payable: 'EUR 625.87', taxExclusive: expect.any(String) },
    ]);

    const [unread, unreadRun] = [
      await at(`/gates/${run}.approve-payment`, 'watcher'),
      await at(`/runs/${run}`, 'operator'),
    ];

    expect([unread.shown, unread.amounts, unreadRun.fields, unreadRun.amounts]).toEqual([
      {},
      {},
      {},
      {},
    ]);

    const { fields } = (await bench.ask('/automations/invoice-approval', { as: 'clerk' })).json<{
      fields: readonly object[];
    }>();

    expect(fields).toContainEqual({
      name: 'payable',
      class: 'internal',
      input: true,
      optional: false,
      money: true,
    });
  });
});
