import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { automation, role } from 'writ';
import { fakeVendor, type WorkbenchOptions, workbench } from 'writ/testing';
import * as z from 'zod/mini';

const refund = automation({
  name: 'refund',
  version: 1,
  purpose: 'pay refunds',
  subjects: {},
  fields: { orderId: z.string(), amount: z.int(), paymentId: z.string() },
  records: { order: { fields: { total: z.int() } } },
});
const large = refund.rule('large', {
  reads: ['amount'],
  hits: ({ amount }) => amount > 100,
  says: 'the amount is {amount}',
});
const approve = refund.gate('approve', {
  when: [large],
  decidedBy: role('Compliance Officer'),
  shows: ['amount'],
});
const pay = refund.step('pay', {
  reads: ['orderId', 'amount'],
  writes: ['paymentId'],
  lookups: ['order'],
  secrets: ['channel'],
  vendors: ['payouts'],
  effect: 'external',
  pretend: () => ({ paymentId: 'pretended' }),
  async run({ fields, record, secret, vendor }) {
    const order = await record('order').find(fields.orderId);
    const body = {
      amount: Math.min(fields.amount, order?.total ?? 0),
      channel: await secret('channel'),
    };
    return vendor('payouts').post('/payouts', body, z.object({ paymentId: z.string() }));
  },
});
const flow = refund.flow((run) => run.stage('payment').gate(approve).step(pay));

const payouts = () => fakeVendor(({ body }) => ({ paymentId: `P-${JSON.parse(body).amount}` }));

/** A workbench with an order and the step's secret. */
async function ready(options: WorkbenchOptions) {
  const bench = await workbench(flow, options);
  await bench.importRecords('order', [{ id: 'PO-1', values: { total: 500 } }]);
  await bench.putSecret('channel', 'web');
  return bench;
}

describe('a workbench', () => {
  it('is in shadow unless it is told otherwise: nothing waits and nothing is sent', async () => {
    await using bench = await workbench(flow);
    const run = await bench.start({ orderId: 'PO-1', amount: 200 });
    await bench.settled();
    expect(await bench.run(run)).toMatchObject({
      status: 'done',
      fields: { paymentId: 'pretended' },
    });
  });

  it('gives steps the records and secrets that it was given', async () => {
    const vendors = { payouts: payouts() };
    await using bench = await ready({ rollout: 'exceptions', vendors });
    const run = await bench.start({ orderId: 'PO-1', amount: 50 });
    await bench.settled();
    expect((await bench.run(run)).fields).toMatchObject({ amount: 50, paymentId: 'P-50' });
    expect(vendors.payouts.effects[0]?.body).toBe('{"amount":50,"channel":"web"}');
  });

  it('repeats a request whose answer was lost, without waiting', async () => {
    const vendors = { payouts: payouts() };
    vendors.payouts.fault = (nth) => (nth < 3 ? 'drop' : undefined);
    await using bench = await ready({ rollout: 'exceptions', vendors });
    const run = await bench.start({ orderId: 'PO-1', amount: 50 });
    await bench.settled();
    expect((await bench.run(run)).status).toBe('done');
    expect([vendors.payouts.requests.length, vendors.payouts.effects.length]).toEqual([3, 1]);
  });

  it('skips the day for which a step waits for its vendor', async () => {
    const vendors = { payouts: payouts() };
    vendors.payouts.fault = () => 'unreachable';
    await using bench = await ready({ rollout: 'exceptions', vendors });
    const run = await bench.start({ orderId: 'PO-1', amount: 50 });
    await bench.settled();
    expect((await bench.run(run)).status).toBe('parked');
  });

  it('decides as a person with the role of the gate, and never as the one who started the run', async () => {
    const vendors = { payouts: payouts() };
    await using bench = await ready({ rollout: 'exceptions', vendors });
    const run = await bench.start({ orderId: 'PO-1', amount: 200 });
    await bench.settled();

    const [open] = await bench.openGates();
    if (open === undefined) throw new Error('no gate is open');
    const approved = { outcome: 'approved', reason: 'seen' } as const;
    await expect(bench.decide(open, { ...approved, by: 'starter' })).rejects.toMatchObject({
      code: 'gate.requester',
    });
    await expect(bench.decide(open, { ...approved, roles: ['Client'] })).rejects.toMatchObject({
      code: 'gate.role',
    });
    await bench.decide(open, approved);
    await bench.settled();

    expect((await bench.run(run)).status).toBe('done');
    expect(await bench.timeline(run)).toContainEqual(expect.stringContaining('approver via gates'));
    expect((await bench.checkTrail()).problems).toEqual([]);
  });

  it('takes a start with the same key and input as the same run', async () => {
    await using bench = await workbench(flow);
    const input = { orderId: 'PO-1', amount: 1 };
    expect(await bench.start(input, 'one')).toBe(await bench.start(input, 'one'));
    expect(await bench.start(input)).not.toBe(await bench.start(input));
  });

  it('names the vendor that a rollout needs and it has not', async () => {
    await expect(workbench(flow, { rollout: 'exceptions' })).rejects.toThrow(
      'step pay calls the vendor "payouts"',
    );
    await using bench = await workbench(flow);
    await expect(bench.setRollout('autonomous')).rejects.toThrow('"payouts"');
    await expect(bench.run('none')).rejects.toThrow('no run "none"');
  });

  it('removes its own folder when it is closed, and leaves one that it was given', async () => {
    const own = await workbench(flow);
    expect(existsSync(own.folder)).toBe(true);
    await own.close();
    expect(existsSync(own.folder)).toBe(false);

    const folder = mkdtempSync(join(tmpdir(), 'writ-test-'));
    try {
      const first = await workbench(flow, { folder });
      const run = await first.start({ orderId: 'PO-1', amount: 1 });
      await first.close();

      await using again = await workbench(flow, { folder });
      await again.settled();
      expect((await again.run(run)).status).toBe('done');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
