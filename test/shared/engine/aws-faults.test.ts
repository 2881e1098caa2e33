import { describe, expect, it } from 'vitest';
import { DAY, SECOND } from '#shared/kernel/index.ts';
import type { Fault } from '../../support/aws/dynamodb/faults.ts';
import type { DynamoFront } from '../../support/aws/dynamodb/front.ts';
import { CRASHES, die } from '../../support/aws/mortal.ts';
import { openWorld, type World } from '../../support/aws/world.ts';
import { entriesOf, FakeVendor, runDocument, trailProblems } from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';

const flow = paymentFlow();
const SMALL = 100;
/** Over the limit: somebody has to approve it. */
const LARGE = 5_000;
/** What is committed for a run, in this order. */
const COMMITS = {
  [SMALL]: ['run.start', 'step.done check', 'effect.claim pay', 'step.done pay', 'step.done tell'],
  [LARGE]: [
    'run.start',
    'step.done check',
    'gate.decide',
    'gate.pass',
    'effect.claim pay',
    'step.done pay',
    'step.done tell',
  ],
} as const;

async function opened(): Promise<{ readonly world: World; readonly bank: FakeVendor }> {
  const bank = new FakeVendor({ kind: 'idempotent', windowMs: DAY });
  return { world: await openWorld(flow, bank), bank };
}

async function start(world: World, amount: number, idempotencyKey = 'one'): Promise<string> {
  return (await world.ask(() => world.bench.start({ idempotencyKey, input: input({ amount }) })))
    .run;
}

const told = async (world: World, run: string) =>
  (await entriesOf(world.bench, run)).map(({ action, step }) => `${action} ${step ?? ''}`.trim());

/** Done, paid once, with whole evidence, and nothing left lying. */
async function expectWhole(
  { world, bank }: Awaited<ReturnType<typeof opened>>,
  run: string,
): Promise<void> {
  expect((await runDocument(world.bench, flow, run)).status).toBe('done');
  expect(bank.effects.map(({ key }) => key)).toEqual([`${run}/pay/do/1`]);
  expect(await trailProblems(world.bench)).toEqual([]);
  expect(world.queues.filled).toEqual([]);
}

/** Lets the commit of that number, from 1, have faults at its attempts, from 1. */
function atCommit(
  front: DynamoFront,
  nth: number,
  fault: (attempt: number) => Fault | undefined,
): void {
  const tokens: string[] = [];
  let attempts = 0;

  front.faults = (_, { body }) => {
    const token = String(body.ClientRequestToken);
    if (!tokens.includes(token)) tokens.push(token);
    return tokens.indexOf(token) === nth - 1 ? fault(++attempts) : undefined;
  };
}

describe('on AWS, a run', () => {
  for (const amount of [SMALL, LARGE] as const) {
    it(`of ${amount} is ${COMMITS[amount].length} commits`, async () => {
      const situation = await opened();
      const run = await start(situation.world, amount);
      expect(await situation.world.carry(run)).toBe(0);
      expect(await told(situation.world, run)).toEqual(COMMITS[amount]);
      await expectWhole(situation, run);
    });
  }
});

describe('on AWS, a process that dies', () => {
  for (const amount of [SMALL, LARGE] as const) {
    for (const [i, commit] of COMMITS[amount].entries()) {
      for (const where of CRASHES) {
        it(`${where} of ${commit} (of a run of ${amount}) loses nothing and pays once`, async () => {
          const situation = await opened();
          const { world } = situation;
          let died = 0;

          world.crash = (nth) => (nth === i + 1 && ++died > 0 ? where : undefined);

          const run = await start(world, amount);
          const sweeps = await world.carry(run);

          expect(died).toBe(1);

          // what a queue has caused comes again by itself; what a caller has caused is found by the
          // sweeper
          const isCalled = commit === 'run.start' || commit === 'gate.decide';

          expect(sweeps).toBe(isCalled && where === 'between commit and send' ? 1 : 0);
          await expectWhole(situation, run);
        });
      }
    }
  }

  it('in the middle of the vendor call is followed by one that settles the claim when its lease is over', async () => {
    const situation = await opened();
    const { world, bank } = situation;
    const call = bank.call.bind(bank);
    let calls = 0;

    bank.call = async (...args) => {
      const outcome = await call(...args);
      return ++calls <= 2 ? die() : outcome;
    };

    const run = await start(world, SMALL);

    expect(await world.carry(run)).toBe(0);
    expect(bank.requests).toHaveLength(3);
    expect(new Set(bank.requests.map(({ key, body }) => key + body)).size).toBe(1);
    expect(
      (await told(world, run)).filter((action) => action === 'effect.resume pay'),
    ).toHaveLength(2);
    await expectWhole(situation, run);
  });
});

describe('on AWS, a commit whose answer is lost', () => {
  const losses: [string, (attempt: number) => Fault | undefined][] = [
    ['and which happened', (attempt) => (attempt === 1 ? { kind: 'lost-after' } : undefined)],
    [
      'and which happened, by an error of the service',
      (attempt) => (attempt === 1 ? { kind: 'error-after' } : undefined),
    ],
    ['and which happened, until it is given up', () => ({ kind: 'lost-after' })],
    ['and which did not happen, until it is given up', () => ({ kind: 'lost-before' })],
    [
      'and which arrives after its repetition',
      (attempt) => (attempt === 1 ? { kind: 'late', after: 1 } : undefined),
    ],
    [
      'and which arrives when it was just given up',
      (attempt) => (attempt === 1 ? { kind: 'late', after: 6 } : { kind: 'lost-before' }),
    ],
    [
      'and which arrives after what was done instead',
      (attempt) => (attempt === 1 ? { kind: 'late', after: 8 } : { kind: 'lost-before' }),
    ],
    [
      'and which arrives when all is over',
      (attempt) => (attempt === 1 ? { kind: 'late' } : { kind: 'lost-before' }),
    ],
  ];

  // of the smaller run only where it differs: its check sends word at once
  const commits = [
    ...COMMITS[LARGE].map((commit, i) => [LARGE, i + 1, commit] as const),
    [SMALL, 2, COMMITS[SMALL][1]] as const,
  ];

  for (const [how, fault] of losses) {
    for (const [amount, nth, commit] of commits) {
      it(`${how}, at ${commit} (of a run of ${amount}): the run ends with one payment`, async () => {
        const situation = await opened();
        const { world } = situation;
        let faults = 0;

        atCommit(world.base.front, nth, (attempt) => {
          const due = fault(attempt);
          if (due !== undefined) faults++;
          return due;
        });

        const run = await start(world, amount);

        await world.carry(run);
        expect(faults).toBeGreaterThan(0);
        expect(await world.base.front.deliverLate()).not.toContain('applied');
        await expectWhole(situation, run);
      });
    }
  }
});

describe('on AWS, queues that are down', () => {
  for (const [i, sent] of ['run.start', 'step.done check', 'step.done pay'].entries()) {
    it(`when word of ${sent} is sent: it is sent when its cause comes again, or by the sweeper`, async () => {
      const situation = await opened();
      const { world } = situation;

      // each sending is tried five times
      world.queues.fault = (nth) => (nth > i && nth <= i + 5 ? 'down' : undefined);

      const run = await start(world, SMALL);

      expect(await world.carry(run)).toBe(sent === 'run.start' ? 1 : 0);
      await expectWhole(situation, run);
      expect(await told(world, run)).toEqual(COMMITS[SMALL]);
    });
  }

  it('do not fail a decision: the sweeper sends word of it', async () => {
    const situation = await opened();
    const { world } = situation;
    const run = await start(world, LARGE);

    await world.drive();
    world.queues.fault = () => 'down';
    await world.approveAll();
    world.queues.fault = undefined;
    expect(await world.carry(run)).toBe(1);
    await expectWhole(situation, run);
  });

  it('once in the middle of an answer only double the message', async () => {
    const situation = await opened();
    const { world } = situation;
    world.queues.fault = (nth) => (nth % 2 === 1 ? 'lost-answer' : undefined);
    const run = await start(world, LARGE);
    expect(await world.carry(run)).toBe(0);
    expect(await told(world, run)).toEqual(COMMITS[LARGE]);
    await expectWhole(situation, run);
  });
});

describe('on AWS, messages that come more than once', () => {
  const ways: [string, () => readonly number[]][] = [
    ['at the same time', () => [0, 0, 0]],
    ['later, while the run goes on', () => [0, SECOND, 20 * SECOND]],
    ['later, the newest first', () => [30 * SECOND, 10 * SECOND, SECOND]],
    ['when all is over', () => [0, 3_600 * SECOND]],
  ];

  for (const [when, arrivals] of ways) {
    for (const size of [1, 10]) {
      it(`${when}, in batches of ${size}, change nothing`, async () => {
        const situation = await opened();
        const { world } = situation;

        world.queues.arrivals = arrivals;
        world.batchSize = () => size;

        const run = await start(world, LARGE);

        await world.carry(run);
        expect(await told(world, run)).toEqual(COMMITS[LARGE]);
        await expectWhole(situation, run);
      });
    }
  }
});

describe('on AWS, throttling for a while', () => {
  it('is waited out by the one who commits, when it is short', async () => {
    const situation = await opened();
    const { world } = situation;
    const run = await start(world, SMALL);
    world.base.front.faults = (nth) => (nth % 6 === 0 ? undefined : { kind: 'throttled' });
    await world.carry(run);
    await expectWhole(situation, run);
  });

  it('brings the message again, when it is longer', async () => {
    const situation = await opened();
    const { world } = situation;
    const run = await start(world, SMALL);
    let throttled = 0;

    world.base.front.faults = () => (++throttled <= 20 ? { kind: 'throttled' } : undefined);

    let reads = 0;

    world.base.front.readFaults = () =>
      ++reads > 5 && reads <= 15 ? { kind: 'throttled' } : undefined;

    const before = world.time.now();

    expect(await world.carry(run)).toBe(0);
    // three times hidden for six times what a step may take
    expect(world.time.now() - before).toBeGreaterThanOrEqual(3 * 30 * SECOND);
    await expectWhole(situation, run);
  });
});
