import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STARTER, WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import {
  type BalanceBody,
  importRecords,
  type ReservationBody,
  target,
} from '#shared/engine/index.ts';
import { DAY, fraction, MINUTE, SECOND, seededRandom } from '#shared/kernel/index.ts';
import { seededFaults, seededReadFaults } from '../../support/aws/dynamodb/faults.ts';
import { CRASHES, DIED, die, mortal } from '../../support/aws/mortal.ts';
import { openWorld, type World } from '../../support/aws/world.ts';
import { FakeVendor, runDocument, trailProblems } from '../../support/bench.ts';
import { orderFlow } from '../../support/order-flow.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';

const flow = paymentFlow({ attempts: 8 });
const RUNS = 5;
const SOAK = process.env.WRIT_SOAK !== undefined;
/** Why a run may be set aside: each is for a person to look at. */
const REASONS = ['delivery.exhausted', 'effect.unknown', 'vendor.unreachable', 'vendor.unknown'];

/** Lets everything fail at once, by a seed; returns what ends it. */
function trouble(world: World, bank: FakeVendor, seed: string): () => void {
  const random = seededRandom(seed);
  const chance = (part: number) => fraction(random) < part;
  const one = <T>(of: readonly T[]): T => of[Math.floor(fraction(random) * of.length)] as T;
  const { front } = world.base;

  front.faults = seededFaults(seed, { rate: 0.2 });
  front.readFaults = seededReadFaults(seed, { rate: 0.1 });
  world.crash = () => (chance(0.05) ? one(CRASHES) : undefined);
  world.batchSize = () => one([1, 2, 10]);
  world.queues.fault = () => (chance(0.15) ? one(['down', 'lost-answer', die]) : undefined);
  world.queues.arrivals = () =>
    chance(0.3) ? [0, one([0, SECOND, 5 * MINUTE])] : [one([0, 0, 10 * SECOND])];
  bank.fault = () => (chance(0.3) ? one(['drop', 'unreachable']) : undefined);

  const call = bank.call.bind(bank);

  bank.call = async (...args) => {
    const outcome = await call(...args);
    return chance(0.1) ? die() : outcome;
  };

  return () => {
    front.faults = undefined;
    front.readFaults = undefined;
    world.crash = undefined;
    world.queues.fault = undefined;
    world.queues.arrivals = () => [0];
    bank.fault = () => undefined;
    bank.call = call;
  };
}

/** What a schedule calls: when it fails, it is called again the next minute. */
const scheduled = (act: () => Promise<unknown>) => mortal(act).catch(() => DIED);

describe('on AWS, with everything failing at once', () => {
  it('every run ends done with one payment, or parked with a reason and at most one, and none is lost', async () => {
    const ends: string[] = [];

    await fc.assert(
      fc.asyncProperty(fc.integer(), async (n) => {
        const seed = `mix ${n}`;
        const bank = new FakeVendor({ kind: 'idempotent', windowMs: DAY });
        const world = await openWorld(flow, bank, seed);
        const calm = trouble(world, bank, seed);

        const start = (i: number) => {
          const fields = { amount: i % 2 === 0 ? 100 : 5_000, payeeId: `payee-${i % 3}` };
          return world.ask(() =>
            world.bench.start({ idempotencyKey: `k${i}`, input: input(fields) }),
          );
        };

        const runs = await Promise.all(Array.from({ length: RUNS }, (_, i) => start(i)));

        for (let minute = 0; minute < 4; minute++) {
          await world.drive(MINUTE);
          await world.approveAll();
          world.time.advance(MINUTE);
          await scheduled(() => world.bench.sweep());
          await scheduled(() => world.bench.fireTimers());
        }

        calm();
        await world.base.front.deliverLate();

        for (const { run } of runs) {
          await world.carry(run);

          const { status, parked } = await runDocument(world.bench, flow, run);
          const paid = bank.effects.filter(({ key }) => key.startsWith(`${run}/`)).length;

          ends.push(parked?.code ?? status);

          if (status === 'parked') {
            expect(REASONS).toContain(parked?.code);
            expect(parked?.reason).not.toBe('');
            expect(paid).toBeLessThanOrEqual(1);
          } else expect([status, paid]).toEqual(['done', 1]);
        }

        await world.drive();
        expect(world.queues.filled).toEqual([]);
        expect(await trailProblems(world.bench)).toEqual([]);
        await world.base.store.close();
      }),
      SOAK ? { numRuns: 300 } : { numRuns: 6, seed: 1 },
    );

    // the property is about something: many get through
    expect(ends.filter((end) => end === 'done').length).toBeGreaterThan(ends.length / 2);
  });

  it('an order is never paid beyond its total unattended, and its balance is what runs hold and have drawn', async () => {
    const orders = orderFlow();
    const place = { automation: orders.name, workspace: WORKBENCH_WORKSPACE };
    let paidAtAll = 0;

    await fc.assert(
      fc.asyncProperty(fc.integer(), async (n) => {
        const seed = `orders ${n}`;
        const bank = new FakeVendor({ kind: 'idempotent', windowMs: DAY });
        const world = await openWorld(orders, bank, seed);
        const [order] = [{ id: 'PO-1', values: { total: 10_000 } }];

        await importRecords(world.bench.ports('records'), orders, {
          workspace: WORKBENCH_WORKSPACE,
          collection: 'order',
          records: [order],
          actor: STARTER,
        });

        const calm = trouble(world, bank, seed);

        const start = (i: number) =>
          world.ask(() =>
            world.bench.start({
              idempotencyKey: `k${i}`,
              input: { order: 'PO-1', amount: 3_000, hold: true },
            }),
          );

        const runs = await Promise.all(Array.from({ length: RUNS }, (_, i) => start(i)));

        for (let minute = 0; minute < 4; minute++) {
          await world.drive(MINUTE);
          world.time.advance(MINUTE);
          await scheduled(() => world.bench.sweep());
        }

        calm();
        await world.base.front.deliverLate();
        await world.drive();

        const { ledger } = world.bench.ports('test');
        const [balance, ...reservations] = await ledger.read([
          target.balance(place, 'order', 'PO-1'),
          ...runs.map(({ run }) => target.reservation({ ...place, run }, 'reserve')),
        ]);

        const items = reservations.flatMap(
          (document) => (document?.body as ReservationBody | undefined)?.items ?? [],
        );
        const counted =
          items.filter(({ state }) => state === 'held' || state === 'drawn').length * 3_000;

        expect((balance?.body as BalanceBody | undefined)?.used.total ?? 0).toBe(counted);
        expect(bank.effects.length).toBeLessThanOrEqual(3);
        expect(new Set(bank.effects.map(({ key }) => key.split('/')[0])).size).toBe(
          bank.effects.length,
        );
        expect(await trailProblems(world.bench)).toEqual([]);
        paidAtAll += bank.effects.length;
        await world.base.store.close();
      }),
      SOAK ? { numRuns: 200 } : { numRuns: 4, seed: 1 },
    );

    expect(paidAtAll).toBeGreaterThan(0);
  });
});
