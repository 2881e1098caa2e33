import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STARTER, WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import type { Flow } from '#shared/automation/index.ts';
import {
  type BalanceBody,
  importRecords,
  type ReservationBody,
  type Rollout,
  target,
} from '#shared/engine/index.ts';
import { DAY, ManualClock } from '#shared/kernel/index.ts';
import type { Ledger } from '#shared/ledger/index.ts';
import {
  APPROVER,
  type Bench,
  ENGINES,
  type Engine,
  entriesOf,
  FakeVendor,
  runDocument,
  settle,
  trailProblems,
  workbench,
} from '../../support/bench.ts';
import { orderFlow } from '../../support/order-flow.ts';

const SOAK = process.env.WRIT_SOAK !== undefined;
const place = { automation: 'order-payment', workspace: WORKBENCH_WORKSPACE };

interface Start {
  readonly order?: string;
  readonly amount: number;
  readonly pieces?: number;
  readonly hold?: boolean;
}

describe.each(ENGINES)('on the %s engine', (engine) => {
  it('an order is paid up to its total, in parts, and the next invoice of it waits', async () => {
    const { bench, bank, start } = await opened(engine);

    for (const amount of [2_000, 3_000, 5_000]) await start({ amount });

    const late = await start({ amount: 1_000 });

    expect(bank.effects.length).toBe(3);
    expect(await used(bench)).toEqual({ total: 10_000 });
    expect(await statusOf(bench, late)).toBe('waiting');
    expect((await bench.openGates()).map(({ gate }) => gate.hits[0]?.says)).toEqual([
      'the order has 0 left',
    ]);
    expect(await trailProblems(bench)).toEqual([]);
  });

  it('many invoices of one order at the same moment are never paid beyond its total', async () => {
    const { bench, bank, startAll } = await opened(engine);
    await startAll(Array.from({ length: 25 }, () => ({ amount: 1_000 })));

    expect(bank.effects.length).toBe(10);
    expect((await bench.openGates()).length).toBe(15);
    expect(await used(bench)).toEqual({ total: 10_000 });
  });

  it('the declared tolerance is allowed once for the whole order', async () => {
    const { bench, bank, start } = await opened(engine);
    await start({ amount: 10_200 });
    const over = await start({ amount: 1 });

    expect(bank.effects.length).toBe(1);
    expect(await statusOf(bench, over)).toBe('waiting');
  });

  it.each(['rejected', 'expired'] as const)(
    'what a run reserved is given back when its gate is %s',
    async (how) => {
      const clock = new ManualClock(1_800_000_000_000);
      const { bench, bank, start, decide } = await opened(engine, { rollout: 'supervised', clock });
      const first = await start({ amount: 9_000 });

      expect(await used(bench)).toEqual({ total: 9_000 });

      if (how === 'rejected') await decide('rejected');
      else {
        clock.advance(DAY);
        await bench.fireTimers();
        await settle(bench);
      }

      expect(await statusOf(bench, first)).toBe('rejected');
      expect(await used(bench)).toEqual({ total: 0 });
      expect(await states(bench, first)).toEqual(['released']);

      await start({ amount: 9_000 });
      await decide('approved');
      expect(bank.effects.length).toBe(1);
      expect(await used(bench)).toEqual({ total: 9_000 });
      expect(await trailProblems(bench)).toEqual([]);
    },
  );

  it('an invoice that does not fit is paid once a person approves it, and counts from then on', async () => {
    const { bench, bank, start, decide } = await opened(engine);

    await start({ amount: 8_000 });

    const over = await start({ amount: 5_000 });

    expect(await states(bench, over)).toEqual(['short']);
    expect(await used(bench)).toEqual({ total: 8_000 });

    await decide('approved');
    expect(bank.effects.length).toBe(2);
    expect(await states(bench, over)).toEqual(['drawn']);
    expect(await used(bench)).toEqual({ total: 13_000 });
  });

  it.each([true, false])(
    'no rollout lets an effect draw what does not fit unattended (a gate before it: %s)',
    async (gate) => {
      const { bench, bank, start, decide } = await opened(engine, {
        rollout: 'autonomous',
        flow: orderFlow({ gate }),
      });

      await start({ amount: 10_000 });

      const over = await start({ amount: 1_000 });

      expect(bank.effects.length).toBe(1);
      expect(await statusOf(bench, over)).toBe('waiting');

      const open = (await bench.openGates()).map(({ gate }) => [
        gate.gate,
        gate.hits.map(({ says }) => says),
      ]);

      const short = 'the run would draw more than is left of a record that it reserved';

      expect(open).toEqual([['supervise-pay', gate ? ['the order has 0 left', short] : [short]]]);

      const held = (await entriesOf(bench, over)).find(({ action }) => action === 'effect.hold');

      expect(held?.why?.rules?.map(({ rule }) => rule)).toEqual([
        ...(gate ? ['used-up'] : []),
        'exceeds-what-is-left',
      ]);

      expect(await trailProblems(bench)).toEqual([]);

      await decide('approved');
      expect(bank.effects.length).toBe(2);
      expect(await used(bench)).toEqual({ total: 11_000 });
    },
  );

  it('the draw is in the commit of the claim, before anything leaves', async () => {
    const { bench, start } = await opened(engine);
    const run = await start({ amount: 1_000 });
    const claim = (await entriesOf(bench, run)).find(({ action }) => action === 'effect.claim');

    const changed = claim?.changes?.find(
      (change) => change.target === target.reservation({ ...place, run }, 'reserve'),
    );

    expect(changed?.diff).toEqual([{ field: 'order.PO-1', before: 'held', after: 'drawn' }]);
  });

  it('a credit counts when it is drawn, and never makes room that was not used', async () => {
    const { bench, startAll, start } = await opened(engine, {
      flow: orderFlow({ internal: true, gate: false }),
    });

    await start({ amount: 6_000 });

    const credit = await start({ amount: -2_000 });
    const tooMuch = await start({ amount: -9_000 });

    expect(await states(bench, credit)).toEqual(['drawn']);

    expect(
      (await entriesOf(bench, tooMuch)).flatMap(({ changes = [] }) =>
        changes.flatMap(({ diff = [] }) => diff),
      ),
    ).toContainEqual({
      field: 'fits',
      after: false,
    });

    expect((await used(bench)).total).toBe(0);
    await startAll([{ amount: 10_000 }]);
    expect((await used(bench)).total).toBe(10_000);
  });

  it('quantities are drawn with amounts: all of them fit, or nothing is held', async () => {
    const { bench, bank, start } = await opened(engine);
    await start({ order: 'PO-2', amount: 100, pieces: 3 });
    const over = await start({ order: 'PO-2', amount: 100, pieces: 3 });

    expect(bank.effects.length).toBe(1);
    expect(await statusOf(bench, over)).toBe('waiting');
    expect(await used(bench, 'PO-2')).toEqual({ total: 100, pieces: 3 });
  });

  it('an order that is imported anew at the same moment is compared again', async () => {
    let lower: (() => Promise<void>) | undefined;

    const between = (ledger: Ledger): Ledger => ({
      ...ledger,
      identity: ledger.identity,
      read: (targets) => ledger.read(targets),
      commit: async (commit) => {
        const now = commit.entries[0].step === 'reserve' ? lower : undefined;
        if (now !== undefined) lower = undefined;
        await now?.();
        return ledger.commit(commit);
      },
    });

    const { bench, bank, start, put } = await opened(engine, { between });

    lower = () => put([{ id: 'PO-1', values: { total: 5_000 } }]);

    const run = await start({ amount: 9_000 });

    expect(await statusOf(bench, run)).toBe('waiting');
    expect(bank.effects).toEqual([]);
  });

  it('an order that does not exist reserves nothing, and one that is not to be held waits', async () => {
    const { bench, bank, start } = await opened(engine);
    const unknown = await start({ order: 'PO-9', amount: 1 });
    const unheld = await start({ amount: 1, hold: false });

    expect(await states(bench, unknown)).toEqual([]);
    expect(await states(bench, unheld)).toEqual(['short']);
    expect(await used(bench)).toEqual({ total: 0 });
    expect(await statusOf(bench, unheld)).toBe('waiting');
    expect(bank.effects).toEqual([]);
  });
});

it.each([
  ['one record twice, at once', { order: 'PO-1' }, /twice; add the amounts up/],
  ['a part of a unit', { amount: 0.5 }, /whole numbers/],
])('a step that reserves %s is parked, and nothing is reserved', async (_, wrong, message) => {
  const { bench, start } = await opened('embedded', { flow: orderFlow({ wrong }) });
  const run = await start({ amount: 1 });

  expect((await runDocument(bench, orderFlow(), run)).parked).toMatchObject({
    code: 'reservation.invalid',
    reason: expect.stringMatching(message),
  });

  expect(await used(bench)).toEqual({});
});

describe('for any orders, invoices and decisions', () => {
  const amount = fc.integer({ min: 1, max: 6_000 });

  const invoices = fc.array(
    fc.record({ order: fc.constantFrom('PO-1', 'PO-2'), amount, pieces: fc.nat(4) }),
    {
      minLength: 4,
      maxLength: 12,
    },
  );

  const rollout = fc.constantFrom<Rollout>('exceptions', 'supervised', 'autonomous');

  it('what is used is what runs hold or have drawn, and only people let an order be overdrawn', async () => {
    await fc.assert(
      fc.asyncProperty(
        invoices,
        rollout,
        fc.infiniteStream(fc.boolean()),
        async (wanted, stage, approves) => {
          const { bench, bank, startAll, runs, decideEach } = await opened('embedded', {
            rollout: stage,
          });

          await startAll(wanted);

          for (let round = 0; round < 3; round++)
            await decideEach(() => (approves.next().value ? 'approved' : 'rejected'));

          for (const [order, limit] of [
            ['PO-1', 10_200],
            ['PO-2', 1_020],
          ] as const) {
            const items = (await Promise.all(runs.map((run) => itemsOf(bench, run))))
              .flat()
              .filter(({ id }) => id === order);
            const counted = items.filter(({ state }) => state === 'held' || state === 'drawn');
            const sum = counted.reduce((total, { amounts }) => total + (amounts.total ?? 0), 0);
            expect((await used(bench, order)).total ?? 0).toBe(sum);

            const unattended = await Promise.all(
              runs.map((run) => paidUnattended(bench, run, order)),
            );

            expect(unattended.reduce((total, paid) => total + paid, 0)).toBeLessThanOrEqual(limit);
          }

          expect(new Set(bank.effects.map(({ key }) => key)).size).toBe(bank.effects.length);
          expect(await trailProblems(bench)).toEqual([]);
          bench.store.close();
        },
      ),
      SOAK ? { numRuns: 500 } : { numRuns: 8, seed: 11 },
    );
  });
});

interface OpenOptions {
  readonly rollout?: Rollout;
  readonly flow?: Flow;
  readonly clock?: ManualClock;
  readonly between?: (ledger: Ledger) => Ledger;
}

/** An engine with two orders: PO-1 over 10,000, and PO-2 over 1,000 and 5 pieces. */
async function opened(
  engine: Engine,
  { rollout = 'exceptions', flow = orderFlow(), ...options }: OpenOptions = {},
) {
  const bank = new FakeVendor({ kind: 'idempotent', windowMs: DAY });
  const bench = await workbench(flow, { engine, vendors: bank, ...options });

  await bench.seedRollout(rollout);

  const orders = [
    { id: 'PO-1', values: { total: 10_000 } },
    { id: 'PO-2', values: { total: 1_000, pieces: 5 } },
  ];

  const put = (records: typeof orders | { id: string; values: { total: number } }[]) =>
    importRecords(bench.ports('records'), flow, {
      workspace: WORKBENCH_WORKSPACE,
      collection: 'order',
      records,
      actor: STARTER,
    });

  await put(orders);

  const runs: string[] = [];

  const begin = async ({ order = 'PO-1', hold = true, ...fields }: Start) => {
    const { run } = await bench.start({
      idempotencyKey: `invoice ${runs.length}`,
      input: { order, hold, ...fields },
    });
    runs.push(run);
    return run;
  };

  const decideEach = async (outcome: () => 'approved' | 'rejected') => {
    for (const { key, gate, seen } of await bench.openGates())
      await bench.decide(APPROVER, {
        key,
        gate: gate.gate,
        seen,
        outcome: outcome(),
        reason: 'agreed with the buyer',
      });

    await settle(bench);
  };

  return {
    bench,
    bank,
    put,
    runs,
    decideEach,
    decide: (outcome: 'approved' | 'rejected') => decideEach(() => outcome),
    async start(given: Start): Promise<string> {
      const run = await begin(given);
      await settle(bench);
      return run;
    },
    async startAll(all: readonly Start[]): Promise<void> {
      for (const one of all) await begin(one);
      await settle(bench);
    },
  };
}

async function read<T>(bench: Bench, at: string): Promise<T | undefined> {
  const [document] = await bench.ports('test').ledger.read([at]);
  return document?.body as T | undefined;
}

const used = async (bench: Bench, order = 'PO-1') =>
  (await read<BalanceBody>(bench, target.balance(place, 'order', order)))?.used ?? {};

const itemsOf = async (bench: Bench, run: string) =>
  (await read<ReservationBody>(bench, target.reservation({ ...place, run }, 'reserve')))?.items ??
  [];

const states = async (bench: Bench, run: string) =>
  (await itemsOf(bench, run)).map(({ state }) => state);

const statusOf = async (bench: Bench, run: string) =>
  (await runDocument(bench, orderFlow(), run)).status;

/** What a run drew of an order without any decision in its trail. */
async function paidUnattended(bench: Bench, run: string, order: string): Promise<number> {
  const decided = (await entriesOf(bench, run)).some(({ action }) => action === 'gate.decide');
  const drawn = (await itemsOf(bench, run)).filter(
    ({ id, state }) => id === order && state === 'drawn',
  );
  return decided ? 0 : drawn.reduce((total, { amounts }) => total + (amounts.total ?? 0), 0);
}
