import { describe, expect, it } from 'vitest';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { HOUR } from '#shared/kernel/index.ts';
import type { FaultPlan } from '../../support/aws/dynamodb/faults.ts';
import { deadOf } from '../../support/aws/simulated-queues.ts';
import { openWorld, type World } from '../../support/aws/world.ts';
import { entriesOf, idempotent, runDocument, trailProblems } from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';

const flow = paymentFlow();
const starting = (world: World, idempotencyKey: string) => world.ask(() => world.bench.start({ idempotencyKey, input: input() }));

/** Throttles every transaction that writes into the pages of a function, as many of them as `times`. */
function throttling(
  fn: string,
  times = Number.POSITIVE_INFINITY,
): FaultPlan<{ readonly kind: 'throttled' }> & { readonly seen: () => number } {
  let seen = 0;
  return Object.assign(
    (_: number, { body }: { readonly body: object }) =>
      JSON.stringify(body).includes(`"${fn}#`) && ++seen <= times ? ({ kind: 'throttled' } as const) : undefined,
    { seen: () => seen },
  );
}

describe('on AWS, a message that cannot be dealt with', () => {
  for (const step of ['check', 'tell']) {
    it(`ends in the dead-letter queue of its own step (${step}), and its run is parked with the reason`, async () => {
      const bank = idempotent();
      const world = await openWorld(flow, bank);
      const { run } = await starting(world, 'one');
      const plan = throttling(`payment.${step}`);
      world.base.front.faults = plan;
      const dead: string[] = [];
      const put = world.queues.put.bind(world.queues);
      world.queues.put = (queue, ...rest) => {
        if (queue.endsWith('.dead')) dead.push(queue);
        put(queue, ...rest);
      };
      await world.drive();
      expect(plan.seen()).toBe(5 * 6); // handed out five times, tried six times each
      expect(dead).toEqual([deadOf(`payment.${step}`)]);
      expect(await runDocument(world.bench, flow, run)).toMatchObject({
        status: 'parked',
        parked: { step, code: 'delivery.exhausted', reason: `step ${step} was given up after too many deliveries` },
      });
      expect((await entriesOf(world.bench, run)).at(-1)).toMatchObject({ action: 'run.park', actor: { id: 'payment.dead' } });
      expect(world.queues.filled).toEqual([]);
      expect(bank.effects).toHaveLength(step === 'check' ? 0 : 1);
      expect(await trailProblems(world.bench)).toEqual([]);
    });
  }

  it('tells that a vendor call was unsettled, when it ends after the claim', async () => {
    const bank = idempotent();
    const world = await openWorld(flow, bank);
    const { run } = await starting(world, 'one');
    let claims = 0;
    // the claim is taken, nothing after it is
    const plan = throttling('payment.pay');
    world.base.front.faults = (nth, request) => {
      const fault = plan(nth, request);
      return fault !== undefined && ++claims === 1 ? undefined : fault;
    };
    await world.drive();
    expect((await runDocument(world.bench, flow, run)).parked).toMatchObject({
      step: 'pay',
      code: 'delivery.exhausted',
      reason: expect.stringContaining('its vendor call unsettled'),
    });
    expect(bank.effects).toHaveLength(1);
  });

  it('is kept until its run is parked, however often that fails', async () => {
    const world = await openWorld(flow, idempotent());
    const { run } = await starting(world, 'one');
    const [check, dead] = [throttling('payment.check'), throttling('payment.dead', 60)];
    world.base.front.faults = (nth, request) => check(nth, request) ?? dead(nth, request);
    await world.drive();
    expect(dead.seen()).toBe(61);
    expect((await runDocument(world.bench, flow, run)).parked?.code).toBe('delivery.exhausted');
    expect(world.queues.filled).toEqual([]);
  });

  it('because it is none of ours stays where somebody looks at it, and harms nobody', async () => {
    const bank = idempotent();
    const world = await openWorld(flow, bank);
    const { run } = await starting(world, 'one');
    const [sent] = world.queues.messages('payment.check');
    const good = sent?.body ?? '';
    const bad = ['', '{', '[]', 'null', '{"workspace":1}', good.replace('}', ',"iban":"NL91"}'), '['.repeat(2_000)];
    for (const body of bad) for (const queue of ['payment.check', 'payment.intake']) world.queues.put(queue, body);
    const entries = (await entriesOf(world.bench)).length;
    await world.drive(HOUR);
    expect((await runDocument(world.bench, flow, run)).status).toBe('done');
    expect(bank.effects).toHaveLength(1);
    // the run's own, and none besides
    expect((await entriesOf(world.bench)).length - entries).toBe(4);
    for (const queue of ['payment.check', 'payment.intake']) {
      expect(world.queues.messages(queue)).toEqual([]);
      expect(
        world.queues
          .messages(deadOf(queue))
          .map(({ body }) => body)
          .sort(),
      ).toEqual([...bad].sort());
    }
    expect(world.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'a message is not of the form this queue carries' }),
    );
  });

  it('because its run does not exist is dealt with by a line in the log', async () => {
    const world = await openWorld(flow, idempotent());
    const ids = { workspace: WORKBENCH_WORKSPACE, run: 'nosuchrun', step: 'check', subjectRefs: [] };
    const before = world.bench.store.counts().entries;
    for (const queue of ['payment.check', 'payment.intake', deadOf('payment.check')]) world.queues.put(queue, JSON.stringify(ids));
    await world.drive();
    expect(world.queues.filled).toEqual([]);
    expect(world.bench.store.counts().entries).toBe(before);
    expect(world.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'warn: message for a run that does not exist',
      'warn: word of a gate for a run that does not exist',
      'error: undeliverable message for a run that does not exist',
    ]);
  });
});
