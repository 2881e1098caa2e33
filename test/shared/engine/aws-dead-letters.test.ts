import { describe, expect, it } from 'vitest';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { HOUR, MINUTE } from '#shared/kernel/index.ts';
import type { FaultPlan } from '../../support/aws/dynamodb/faults.ts';
import { deadOf } from '../../support/aws/simulated-queues.ts';
import { openWorld, type World } from '../../support/aws/world.ts';
import {
  APPROVER,
  entriesOf,
  idempotent,
  runDocument,
  trailProblems,
} from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';

const flow = paymentFlow();
const starting = (world: World, idempotencyKey: string) =>
  world.ask(() => world.bench.start({ idempotencyKey, input: input() }));

/**
 * Throttles every transaction that writes into the pages of a function, as many of them as `times`.
 */
function throttling(
  fn: string,
  times = Number.POSITIVE_INFINITY,
): FaultPlan<{ readonly kind: 'throttled' }> & { readonly seen: () => number } {
  let seen = 0;
  return Object.assign(
    (_: number, { body }: { readonly body: object }) =>
      JSON.stringify(body).includes(`"${fn}#`) && ++seen <= times
        ? ({ kind: 'throttled' } as const)
        : undefined,
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
        parked: {
          step,
          code: 'delivery.exhausted',
          reason: `step ${step} was given up after too many deliveries`,
        },
      });

      expect((await entriesOf(world.bench, run)).at(-1)).toMatchObject({
        action: 'run.park',
        actor: { id: 'payment.dead' },
      });

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

    const bad = [
      '',
      '{',
      '[]',
      'null',
      '{"workspace":1}',
      good.replace('}', ',"iban":"NL91"}'),
      '['.repeat(2_000),
    ];

    for (const body of bad)
      for (const queue of ['payment.check', 'payment.intake']) world.queues.put(queue, body);

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
      expect.objectContaining({
        level: 'error',
        message: 'a message does not match the schema of this queue',
      }),
    );
  });

  it('because its run does not exist is dealt with by a line in the log', async () => {
    const world = await openWorld(flow, idempotent());

    const ids = {
      workspace: WORKBENCH_WORKSPACE,
      run: 'nosuchrun',
      step: 'check',
      subjectRefs: [],
    };

    const before = world.bench.store.counts().entries;

    for (const queue of ['payment.check', 'payment.intake', deadOf('payment.check')])
      world.queues.put(queue, JSON.stringify(ids));

    await world.drive();
    expect(world.queues.filled).toEqual([]);
    expect(world.bench.store.counts().entries).toBe(before);
    expect(world.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'warn: message for a run that does not exist',
      'warn: message of a gate for a run that does not exist',
      'error: undeliverable message for a run that does not exist',
    ]);
  });
});

/** Refuses every message for these queues, until it is called. */
function refusing(world: World, ...queues: string[]): () => void {
  const { client } = world.queues;
  const send = client.send as (command: {
    readonly input: { readonly QueueUrl: string };
  }) => Promise<unknown>;
  const down = Object.assign(new Error('unavailable'), {
    name: 'ServiceUnavailable',
    $metadata: { httpStatusCode: 503 },
  });

  client.send = ((command: Parameters<typeof send>[0]) =>
    queues.some((queue) => command.input.QueueUrl.endsWith(queue))
      ? Promise.reject(down)
      : send.call(client, command)) as typeof client.send;

  return () => {
    client.send = send as typeof client.send;
  };
}

describe('on AWS, a message that was given up after its work was done', () => {
  const own = paymentFlow({ gate: false });
  const actions = async (world: World, run: string) =>
    (await entriesOf(world.bench, run)).map(({ action }) => action);

  const sweepLater = async (world: World) => {
    world.time.advance(MINUTE);
    const { found } = await world.bench.sweep();
    await world.drive();
    return found;
  };

  it('has its run marked, and a sweep takes the run to its end when messages can be sent again', async () => {
    const bank = idempotent();
    const world = await openWorld(own, bank);
    const { run } = await starting(world, 'one');
    const heal = refusing(world, 'payment.pay');

    await world.drive(HOUR);
    expect(world.queues.filled).toEqual([]);
    expect(await runDocument(world.bench, own, run)).toMatchObject({
      status: 'running',
      steps: { pay: { state: 'ready' } },
    });

    expect(await entriesOf(world.bench, run)).toContainEqual(
      expect.objectContaining({
        action: 'run.mark',
        outcome: 'ok',
        step: 'check',
        actor: { kind: 'service', id: 'payment.dead' },
        why: expect.objectContaining({ code: 'delivery.exhausted' }),
      }),
    );

    heal();
    expect(await sweepLater(world)).toBe(1);
    expect((await runDocument(world.bench, own, run)).status).toBe('done');
    expect(bank.effects).toHaveLength(1);
    expect(await sweepLater(world)).toBe(0);
    expect(await trailProblems(world.bench)).toEqual([]);
  });

  it('is one like any other when the last function to have it died between its commit and its messages', async () => {
    const bank = idempotent();
    const world = await openWorld(own, bank);
    const { run } = await starting(world, 'one');

    for (let receives = 1; receives < 5; receives++) {
      world.queues.receive('payment.check', 1, 1); // never handed to a function
      world.time.advance(2);
    }

    let died = 0;

    world.crash = () => (died++ === 0 ? 'between commit and send' : undefined);
    await world.drive();
    world.crash = undefined;
    expect(
      (await actions(world, run)).filter(
        (action) => action === 'step.done' || action === 'run.mark',
      ),
    ).toEqual(['step.done', 'run.mark']);

    expect(await sweepLater(world)).toBe(1);
    expect((await runDocument(world.bench, own, run)).status).toBe('done');
    expect(bank.effects).toHaveLength(1);
  });

  it('may be word of a decision: the run that it took on is marked, not parked', async () => {
    const bank = idempotent();
    const world = await openWorld(flow, bank);
    const { run } = await world.ask(() =>
      world.bench.start({ idempotencyKey: 'one', input: input({ amount: 5_000 }) }),
    );

    await world.drive(HOUR);

    const [gate] = await world.bench.openGates();
    const heal = refusing(world, 'payment.pay');

    await world.bench.decide(APPROVER, {
      key: gate!.key,
      gate: 'approve',
      outcome: 'approved',
      reason: 'fine',
      seen: gate!.seen,
    });

    await world.drive(HOUR);
    heal();
    expect(await runDocument(world.bench, flow, run)).toMatchObject({
      status: 'running',
      gates: { approve: 'approved' },
    });

    expect(await sweepLater(world)).toBe(1);
    expect((await runDocument(world.bench, flow, run)).status).toBe('done');
    expect(bank.effects).toHaveLength(1);
    expect(await actions(world, run)).not.toContain('run.park');
    expect(await sweepLater(world)).toBe(0);
  });

  it('has its run parked when it was word of a decision that nobody has acted on', async () => {
    const world = await openWorld(flow, idempotent());
    const { run } = await world.ask(() =>
      world.bench.start({ idempotencyKey: 'one', input: input({ amount: 5_000 }) }),
    );

    await world.drive(HOUR);

    const ids = { workspace: WORKBENCH_WORKSPACE, run, step: 'intake', subjectRefs: [] };

    world.queues.put(deadOf('payment.intake'), JSON.stringify(ids));
    await world.drive(HOUR);
    expect((await runDocument(world.bench, flow, run)).parked).toMatchObject({
      step: 'intake',
      code: 'delivery.exhausted',
    });
  });

  it('comes not between the claim of the step that follows and its end', async () => {
    const bank = idempotent();
    const world = await openWorld(own, bank);
    const { run } = await starting(world, 'one');
    const call = bank.call.bind(bank);
    let given = 0;

    bank.call = async (...args) => {
      const ids = { workspace: WORKBENCH_WORKSPACE, run, step: 'check', subjectRefs: [] };

      world.queues.put(deadOf('payment.check'), JSON.stringify(ids));

      const records = world.queues.receive(deadOf('payment.check'), 1, MINUTE, 'nothing up');

      given += records.length;
      await world.function('payment.dead').handler({ Records: records });

      for (const { receiptHandle } of records)
        world.queues.delete(deadOf('payment.check'), receiptHandle);

      return call(...args);
    };

    await world.drive();
    expect([given, bank.requests.length]).toEqual([1, 1]);

    expect(await actions(world, run)).toEqual([
      'run.start',
      'step.done',
      'effect.claim',
      'step.done',
      'step.done',
    ]);

    expect(world.bench.store.counts().conflicts).toBe(0);
    expect((await runDocument(world.bench, own, run)).status).toBe('done');
  });

  it('changes nothing of a run that has ended', async () => {
    const world = await openWorld(own, idempotent());
    const { run } = await starting(world, 'one');

    await world.drive();

    const before = await actions(world, run);

    for (const step of ['check', 'pay', 'tell', 'intake'])
      world.queues.put(
        deadOf('payment.check'),
        JSON.stringify({ workspace: WORKBENCH_WORKSPACE, run, step, subjectRefs: [] }),
      );

    await world.drive();
    expect(await actions(world, run)).toEqual(before);
    expect((await runDocument(world.bench, own, run)).status).toBe('done');
  });
});
