import { describe, expect, it } from 'vitest';
import invoiceApproval from '#functions/automations/invoice-approval/automation.ts';
import readInvoice from '#functions/automations/invoice-approval/intake.ts';
import { generateSamples } from '#functions/automations/invoice-approval/samples/generator.ts';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import type { Flow } from '#shared/automation/index.ts';
import { importRecords } from '#shared/engine/index.ts';
import { openWorld, type World } from '../../support/aws/world.ts';
import { APPROVER, FakeVendor, idempotent, runDocument } from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';

/**
 * Calls to each service. Each waits for the one before, so together they are the round trips; but
 * keys whose rows were read together are unwrapped together, in one of them.
 */
interface Calls {
  readonly reads: number;
  readonly commits: number;
  readonly sends: number;
  readonly keys: number;
  readonly vendors: number;
}

const calls = (
  reads: number,
  commits: number,
  sends: number,
  more: Partial<Calls> = {},
): Calls => ({
  reads,
  commits,
  sends,
  keys: 0,
  vendors: 0,
  ...more,
});

/**
 * What `act` asks of the services. The ledger asks for nothing but batches of reads and
 * transactions.
 */
async function counted(
  world: World,
  bank: FakeVendor,
  act: () => Promise<unknown>,
): Promise<Calls> {
  const { front, kms } = world.base;

  front.clearRequests();

  const before = [world.queues.asked, kms.asked.length, bank.requests.length] as const;

  await act();

  const [reads, commits] = [front.count('BatchGetItem'), front.count('ExecuteTransaction')];

  expect(front.requests).toHaveLength(reads + commits);

  return {
    reads,
    commits,
    sends: world.queues.asked - before[0],
    keys: kms.asked.length - before[1],
    vendors: bank.requests.length - before[2],
  };
}

/** Delivers the one message of a queue. */
async function deliver(world: World, queue: string, instance: 'warm' | 'cold'): Promise<void> {
  const Records = world.queues.receive(queue, 10, 60_000);
  expect(Records).toHaveLength(1);
  expect(await world.function(queue, instance).handler({ Records })).toEqual({
    batchItemFailures: [],
  });
  for (const { receiptHandle } of Records) world.queues.delete(queue, receiptHandle);
}

type Start = () => Promise<{ readonly run: string }>;

/**
 * Takes a run through these queues; what each delivery asked for. Warm: after another run on the
 * same instances.
 */
async function trips(
  world: World,
  bank: FakeVendor,
  start: Start,
  queues: readonly string[],
  instance: 'warm' | 'cold' = 'warm',
) {
  const counts: Record<string, Calls> = {};
  counts.start = await counted(world, bank, start);

  for (const queue of queues)
    counts[queue] = await counted(world, bank, () => deliver(world, queue, instance));

  expect(world.queues.filled).toEqual([]);

  return counts;
}

describe('round trips of the payment flow on AWS', () => {
  const flow = paymentFlow();
  const STEPS = ['payment.check', 'payment.pay', 'payment.tell'];

  async function opened() {
    const bank = idempotent();
    const world = await openWorld(flow, bank);
    let keys = 0;
    const start =
      (over = {}): Start =>
      () =>
        world.bench.start({ idempotencyKey: `k${++keys}`, input: input(over) });

    return { bank, world, start };
  }

  it('are three for an internal step, two for the last one, which sends no word, and six for an external one', async () => {
    const { bank, world, start } = await opened();
    const { run } = await start()();
    await world.carry(run);

    expect(await trips(world, bank, start(), STEPS)).toEqual({
      start: calls(3, 1, 1),
      'payment.check': calls(1, 1, 1),
      'payment.pay': calls(2, 2, 1, { vendors: 1 }),
      'payment.tell': calls(1, 1, 0),
    });
  });

  it('are one more for each class whose key is cold: for those who open or seal something, and no others', async () => {
    const { bank, world, start } = await opened();

    // a start needs the secrets for the run's id and for the directory too, and reads each row when
    // it asks for it
    expect(await trips(world, bank, start(), STEPS, 'cold')).toEqual({
      start: calls(5, 1, 1, { keys: 3 }),
      'payment.check': calls(1, 1, 1, { keys: 1 }),
      'payment.pay': calls(2, 2, 1, { keys: 1, vendors: 1 }),
      'payment.tell': calls(1, 1, 0),
    });
  });

  it('are, for a gate, three to decide and four to pass', async () => {
    const { bank, world, start } = await opened();
    const { run } = await start({ amount: 5_000 })();

    await world.carry(run);

    const second = await start({ amount: 5_000 })();

    expect(await counted(world, bank, () => deliver(world, 'payment.check', 'warm'))).toEqual(
      calls(1, 1, 0),
    );

    const [open] = await world.bench.openGates();
    if (open === undefined) throw new Error('no gate');

    const { key, seen } = open;
    const decision = { key, gate: 'approve', outcome: 'approved', reason: 'fine', seen } as const;

    expect(await counted(world, bank, () => world.bench.decide(APPROVER, decision))).toEqual(
      calls(1, 1, 1),
    );
    // the timer of the gate is removed, and what is to be removed is read again
    expect(await counted(world, bank, () => deliver(world, 'payment.intake', 'warm'))).toEqual(
      calls(2, 1, 1),
    );
    // the part that the approver takes in the run is read, besides what every external step reads
    expect(await counted(world, bank, () => deliver(world, 'payment.pay', 'warm'))).toEqual(
      calls(3, 2, 1, { vendors: 1 }),
    );
    await world.carry(second.run);
    expect((await runDocument(world.bench, flow, second.run)).status).toBe('done');
  });

  it('are one read for a message that comes when its step is done, and one more to send word again', async () => {
    const { bank, world, start } = await opened();

    await start()();

    const [sent] = world.queues.messages('payment.check');

    await deliver(world, 'payment.check', 'warm');
    world.queues.put('payment.check', sent?.body ?? '');
    expect(await counted(world, bank, () => deliver(world, 'payment.check', 'warm'))).toEqual(
      calls(1, 0, 0),
    );
    world.queues.put('payment.check', sent?.body ?? '');
    world.queues.receive('payment.check', 1, 0); // handed out to somebody who died
    expect(await counted(world, bank, () => deliver(world, 'payment.check', 'warm'))).toEqual(
      calls(1, 0, 1),
    );
  });
});

describe('round trips of invoice approval on AWS', () => {
  const flow: Flow = invoiceApproval;
  const samples = generateSamples('round trips');
  const invoices = samples.invoices.filter(({ expect: end }) => end === 'paid').slice(0, 2);
  const queue = (step: string) => `invoice-approval.${step}`;
  const STEPS = ['check-arithmetic', 'check-supplier', 'match-order', 'pay', 'tell-supplier'].map(
    queue,
  );

  async function opened() {
    const bank = new FakeVendor({ kind: 'idempotent', windowMs: 60_000 });
    const world = await openWorld(flow, bank);
    const ports = world.bench.ports('records');
    const operator = { kind: 'user', id: 'operator' } as const;
    const inputs = invoices.map(
      ({ xml }) =>
        readInvoice(Buffer.from(xml)) as { readonly orderId?: string; readonly supplierId: string },
    );

    const orders = samples.orders.filter(({ id }) => inputs.some(({ orderId }) => orderId === id));
    const suppliers = samples.suppliers.filter(({ id }) =>
      inputs.some(({ supplierId }) => supplierId === id),
    );
    const put = (
      collection: string,
      records: { readonly id: string; readonly values: Record<string, unknown> }[],
    ) =>
      importRecords(ports, flow, {
        workspace: WORKBENCH_WORKSPACE,
        collection,
        records,
        actor: operator,
      });

    await put(
      'order',
      orders.map(({ id, supplierId, currency, total }) => ({
        id,
        values: { supplierId, currency, total },
      })),
    );

    await put(
      'supplier',
      suppliers.map(({ id, name, iban }) => ({ id, values: { name, iban } })),
    );

    const start =
      (i: number): Start =>
      () =>
        world.bench.start({ idempotencyKey: `k${i}`, input: { ...inputs[i] } });

    return { bank, world, start };
  }

  it('are three for a step that needs its run alone, and one more for each record that it looks up, registers or reserves', async () => {
    const { bank, world, start } = await opened();
    const { run } = await start(0)();
    expect(await world.carry(run)).toBe(0);
    expect(bank.effects).toHaveLength(1);

    expect(await trips(world, bank, start(1), STEPS)).toEqual({
      start: calls(3, 1, 1),
      [queue('check-arithmetic')]: calls(1, 1, 1),
      [queue('match-order')]: calls(3, 1, 1),
      // the supplier, the invoice’s number, and what it looks like
      [queue('check-supplier')]: calls(4, 1, 1),
      [queue('pay')]: calls(2, 2, 1, { vendors: 1 }),
      [queue('tell-supplier')]: calls(1, 1, 0),
    });
  });

  it('are one more for each class whose key is cold', async () => {
    const { bank, world, start } = await opened();

    expect(await trips(world, bank, start(0), STEPS, 'cold')).toEqual({
      start: calls(5, 1, 1, { keys: 4 }),
      [queue('check-arithmetic')]: calls(1, 1, 1),
      [queue('match-order')]: calls(3, 1, 1),
      [queue('check-supplier')]: calls(4, 1, 1, { keys: 1 }),
      [queue('pay')]: calls(2, 2, 1, { keys: 1, vendors: 1 }),
      [queue('tell-supplier')]: calls(1, 1, 0, { keys: 1 }),
    });
  });
});
