import { expect } from 'vitest';
import type { Flow } from '#shared/automation/index.ts';
import { type Json, MINUTE } from '#shared/kernel/index.ts';
import { type Commit, LedgerUnavailableError } from '#shared/ledger/index.ts';
import type { RecordedBench } from './recorder-bench.ts';
import type { Trouble } from './recorder-trouble.ts';

/** Something that becomes of runs. Throws when it does not. */
export type Scenario = readonly [what: string, play: (bench: RecordedBench) => Promise<void>];

type Input = Readonly<Record<string, Json>>;

/** An automation, and input that brings about what any automation of its kind meets. */
export interface Subject {
  readonly flow: Flow;
  /**
   * Input of a run that goes through unattended. It is about the same subjects whatever its number.
   */
  usual(number: string): Input;
  /** Input of a run that waits for somebody, at a gate of the flow. */
  unusual(number: string): Input;
  /** Steps of runs that were rejected. */
  readonly afterRejection: readonly string[];
  readonly external: readonly string[];
}

export async function ends(
  bench: RecordedBench,
  run: string,
  status: string,
  parked?: string,
): Promise<void> {
  const { status: is, parked: why } = await bench.run(run);
  expect([is, why?.code], why?.reason).toEqual([status, parked]);
}

/** A run that has come to the gate at which it waits. */
export async function waiting(bench: RecordedBench, number: string, input: Input): Promise<string> {
  const run = await bench.start(number, input);
  await bench.settle();
  await ends(bench, run, 'waiting');
  return run;
}

/** A run of which word is on its way to a step. */
async function onItsWayTo(
  step: string,
  bench: RecordedBench,
  { flow, usual }: Subject,
  number: string,
): Promise<string> {
  const run = await bench.start(number, usual(number));
  for (const before of flow.steps.keys()) {
    if (before === step) return run;
    await bench.deliver(before);
  }

  throw new Error(`no step ${step}`);
}

/**
 * What only the services of AWS do to requests, and what functions outlive: what they ask besides,
 * and ask again.
 */
const PASSING: readonly (readonly [what: string, trouble: () => Trouble])[] = [
  [
    'transactions are in the way of others, and whose readings come back in part',
    () => ({
      transaction: (attempt) => (attempt === 1 ? { kind: 'conflict' } : undefined),
      reading: () => ({ kind: 'partial' }),
    }),
  ],
  [
    'transactions happen without an answer, and whose readings are too many',
    () => {
      let readings = 0;
      return {
        transaction: (attempt) =>
          attempt === 1 ? { kind: 'lost-after' } : { kind: 'token-expired' },
        reading: () => (++readings % 2 === 0 ? { kind: 'throttled' } : undefined),
      };
    },
  ],
  [
    'transactions end nobody knows how, now and then, so that their writers retire',
    () => {
      let transactions = 0;
      return {
        transaction: (attempt) => {
          if (attempt === 1) transactions++;
          return transactions % 3 === 0 ? { kind: 'lost-before' } : undefined;
        },
      };
    },
  ],
  [
    'queues take nothing for a while',
    () => {
      const asked = new Map<string, number>();
      return {
        queue: (fn) => {
          asked.set(fn, (asked.get(fn) ?? 0) + 1);
          return (asked.get(fn) ?? 0) <= 5; // as often as a sender tries
        },
      };
    },
  ],
];

const down = () => new LedgerUnavailableError('down');

/**
 * What any automation meets: shadow, trust, repetition, loss, failure. In this order; afterwards
 * rule hits wait.
 */
export function common(subject: Subject): Scenario[] {
  const { flow, usual, unusual, afterRejection, external } = subject;
  const steps = [...flow.steps.keys()];
  const atGate = (bench: RecordedBench, number: string) => waiting(bench, number, unusual(number));

  return [
    [
      'one in shadow, whose effects are pretended',
      async (bench) => {
        const run = await bench.start('shadow', usual('shadow'));
        await bench.settle();
        await ends(bench, run, 'done');
        await bench.seed('exceptions');
      },
    ],
    [
      'one that goes through unattended, every word of it handed out twice',
      async (bench) => {
        const run = await bench.start('usual', usual('usual'));
        await bench.settle('again');
        await ends(bench, run, 'done');
      },
    ],
    [
      'one that is started again, with the same input and with other',
      async (bench) => {
        await bench.start('usual', usual('usual'));
        await expect(bench.start('usual', unusual('usual'))).rejects.toMatchObject({
          code: 'run.key-reused',
        });
      },
    ],
    [
      'one that is refused at the start',
      async (bench) => {
        await expect(bench.start('refused', {})).rejects.toMatchObject({
          code: 'run.input-invalid',
        });
      },
    ],
    [
      'ones whose gates expire, alone and together',
      async (bench) => {
        for (const numbers of [['expired'], ['expired-first', 'expired-second']]) {
          const runs: string[] = [];
          for (const number of numbers) runs.push(await atGate(bench, number));

          bench.expire();
          expect(await bench.fireTimers()).toEqual({ found: runs.length });
          await bench.settle();
          for (const run of runs) await ends(bench, run, 'rejected');
        }
      },
    ],
    [
      'one that is rejected, every word of it handed out twice',
      async (bench) => {
        const run = await atGate(bench, 'rejected');
        await bench.decide(run, 'rejected');
        await bench.settle('again');
        await ends(bench, run, 'rejected');
      },
    ],
    [
      'ones that the sweeper finds, because the first word of them was lost, alone and together',
      async (bench) => {
        for (const numbers of [['lost'], ['lost-first', 'lost-second']]) {
          bench.trouble = { loses: ({ entries: [{ action }] }) => action === 'run.start' };

          const runs: string[] = [];

          for (const number of numbers) runs.push(await bench.start(number, usual(number)));

          bench.timers.advance(MINUTE);
          expect(await bench.sweep()).toEqual({ found: runs.length });
          await bench.settle();
          for (const run of runs) await ends(bench, run, 'done');
        }
      },
    ],
    [
      'one that the sweeper finds, because word of its decision was lost',
      async (bench) => {
        const run = await atGate(bench, 'lost-decision');
        bench.trouble = { loses: ({ entries: [{ action }] }) => action === 'gate.decide' };
        await bench.decide(run, 'rejected');
        bench.timers.advance(MINUTE);
        expect(await bench.sweep()).toEqual({ found: 1 });
        await bench.settle();
        await ends(bench, run, 'rejected');
      },
    ],
    [
      'ones whose every step fails once and is tried again',
      async (bench) => {
        const failed = new Set<string>();

        bench.trouble = { step: (step) => !failed.has(step) && failed.add(step) !== undefined };

        const run = await bench.start('stumbles', usual('stumbles'));
        const rejected = await atGate(bench, 'stumbles-and-is-rejected');

        await bench.decide(rejected, 'rejected');
        await bench.settle();
        await ends(bench, run, 'done');
        await ends(bench, rejected, 'rejected');
        expect([...failed].sort()).toEqual([...steps].sort());
      },
    ],
    ...external.flatMap((step) => outside(step, subject)),
    ...PASSING.map(
      ([what, trouble], i): Scenario => [
        `ones whose ${what}`,
        async (bench) => {
          const rejected = await atGate(bench, `passing-${i}-and-rejected`);

          await bench.decide(rejected, 'rejected');

          const run = await bench.start(`passing-${i}`, usual(`passing-${i}`));

          bench.trouble = trouble();
          await bench.settle();
          bench.timers.advance(MINUTE);
          await bench.sweep(); // for what could not be sent at once
          await bench.settle();
          await ends(bench, run, 'done');
          await ends(bench, rejected, 'rejected');
        },
      ],
    ),
    [
      'ones every word of which comes twice at the same time',
      async (bench) => {
        const rejected = await atGate(bench, 'twice-at-once-and-rejected');
        await bench.decide(rejected, 'rejected');
        const run = await bench.start('twice-at-once', usual('twice-at-once'));
        await bench.settle('twice at once');
        await ends(bench, run, 'done');
        await ends(bench, rejected, 'rejected');
      },
    ],
    [
      'ones that a function gives up, whichever it is',
      async (bench) => {
        const givesUp = (part: string): Trouble => ({
          commit: (fn) => (fn === bench.fn(part) ? down() : undefined),
          transaction: (attempt) => (attempt === 1 ? { kind: 'conflict' } : undefined),
        });

        for (const step of steps.filter((name) => !afterRejection.includes(name))) {
          bench.trouble = givesUp(step);
          const run = await bench.start(`given-up-by-${step}`, usual(`given-up-by-${step}`));
          await bench.settle();
          await ends(bench, run, 'parked', 'delivery.exhausted');
        }

        for (const part of [...afterRejection, 'intake']) {
          bench.trouble = {};

          const run = await atGate(bench, `given-up-by-${part}`);

          bench.trouble = givesUp(part);
          await bench.decide(run, 'rejected');
          await bench.settle();
          await ends(bench, run, 'parked', 'delivery.exhausted');
        }

        // the decision about the last one still stands with its mark, and can take the run nowhere
        // any more
        bench.trouble = {};
        bench.timers.advance(MINUTE);
        expect(await bench.sweep()).toEqual({ found: 1 });
        await bench.settle();
        expect(await bench.sweep()).toEqual({ found: 0 });
      },
    ],
    [
      'ones whose every word is given up after the work was done, because the next queue takes nothing meanwhile',
      async (bench) => {
        for (const step of steps.slice(1)) {
          const rejected = afterRejection.includes(step);
          const run = rejected
            ? await atGate(bench, `no-word-to-${step}`)
            : await bench.start(`no-word-to-${step}`, usual(`no-word-to-${step}`));

          if (rejected) await bench.decide(run, 'rejected');

          bench.trouble = { queue: (fn) => fn === bench.fn(step) };
          await bench.settle();
          await ends(bench, run, 'running');
          bench.trouble = {};
          expect(await bench.sweep()).toEqual({ found: 1 });
          await bench.settle();
          await ends(bench, run, rejected ? 'rejected' : 'done');
        }
      },
    ],
    [
      'ones that another version of the automation finds on their way',
      async (bench) => {
        const decided = await atGate(bench, 'decided-before-another-version');
        const ready = await bench.start(
          'ready-before-another-version',
          usual('ready-before-another-version'),
        );

        await bench.decide(decided, 'approved');
        bench.trouble = { deployed: true };
        await bench.settle();
        for (const run of [decided, ready]) await ends(bench, run, 'parked', 'run.version');
      },
    ],
    [
      'word of a run that does not exist, for everybody',
      async (bench) => {
        for (const part of [...steps, 'intake']) await bench.send(part, 'nosuchrun');
        await bench.settle();
      },
    ],
  ];
}

/** What a step that acts outside meets besides. */
function outside(step: string, subject: Subject): Scenario[] {
  return [
    [
      `one of which the vendor acted, and ${step} did not live to write it down`,
      async (bench) => {
        let left = 1;

        bench.trouble = {
          commit: (fn, { entries: [{ action }] }: Commit) =>
            fn === bench.fn(step) && action === 'step.done' && left-- > 0 ? down() : undefined,
        };

        const run = await bench.start(`widowed-${step}`, subject.usual(`widowed-${step}`));

        await bench.settle();
        await ends(bench, run, 'done');
      },
    ],
    [
      `ones of which the vendor says nothing to ${step}, says no, or cannot be asked`,
      async (bench) => {
        const runs: string[] = [];
        for (const vendor of ['drops', 'cannot be asked', 'refuses'] as const) {
          const run = await onItsWayTo(
            step,
            bench,
            subject,
            `${vendor.replaceAll(' ', '-')}-${step}`,
          );

          bench.trouble = { vendor };
          await bench.deliver(step);
          bench.trouble = {};
          await bench.settle();
          runs.push(run);
        }

        const [dropped = '', unsent = '', refused = ''] = runs;
        for (const run of [dropped, unsent]) await ends(bench, run, 'done');

        await ends(bench, refused, 'parked', 'vendor.refused');
      },
    ],
    [
      `ones of which trust was taken back before ${step}: held, then approved or rejected`,
      async (bench) => {
        const runs: string[] = [];
        for (const outcome of ['approved', 'rejected'] as const) {
          const run = await onItsWayTo(step, bench, subject, `held-before-${step}-and-${outcome}`);

          await bench.seed('supervised');
          await bench.settle();
          await bench.decide(run, outcome);
          await bench.seed('exceptions');
          await bench.settle();
          runs.push(run);
        }

        const [approved = '', rejected = ''] = runs;
        await ends(bench, approved, 'done');
        await ends(bench, rejected, 'rejected');
      },
    ],
  ];
}
