import type { Change, Commit, Committed, Document, Ledger } from '#shared/ledger/index.ts';
import { type Fault, seededFaults, seededReadFaults } from '../../support/aws/dynamodb/faults.ts';
import { type DynamoBench, entry, openBench, runKey } from './dynamodb-bench.ts';

/** What callers do on a front that has faults, and what goes wrong. */
export interface Play {
  readonly seed: string;
  /** Which part of the transactions goes wrong, from 0 to 1. */
  readonly rate: number;
  readonly kinds?: readonly Fault['kind'][];
  readonly readRate?: number;
  /** For each ledger the callers that share it. */
  readonly callers: readonly number[];
  /** Jobs of each caller, done one after another. */
  readonly jobs: number;
}

/** How often a caller reads and decides again before it counts as stuck. */
const PATIENCE = 400;
const SHARED = runKey('counter');
const NAMES = ['invoice-approval.pay', 'invoice-approval.book'];

/** What a caller was told of the commits it made. */
interface Told {
  readonly job: string;
  /** Counts the commits of a job; entries carry it. */
  readonly attempt: number;
  /** Absent where it was told that nothing happened. */
  readonly committed?: Committed;
}

/**
 * The state the callers share: for each the last of its jobs, and how many jobs were done by all.
 */
interface Counter {
  readonly total: number;
  readonly last: Readonly<Record<string, number>>;
}

/**
 * Lets callers bring numbered increments into one document, each with a document of its own,
 * exactly once. After a conflict or an end that is not known they read and decide again, as callers
 * of a ledger do; what was acknowledged they never look at again.
 *
 * @returns what is wrong in the end, in words; empty when every promise held.
 */
export async function play(
  play: Play,
  open: (bench: DynamoBench, name: string) => Ledger,
): Promise<readonly string[]> {
  const bench = await openBench();
  const { front } = bench;
  const { seed, rate, kinds, readRate = 0, callers, jobs } = play;

  await bench.ledger().commit({
    changes: [{ op: 'insert', target: SHARED, body: { total: 0, last: {} } }],
    entries: [entry()],
  });

  front.faults = seededFaults(seed, kinds === undefined ? { rate } : { rate, kinds });
  front.readFaults = seededReadFaults(seed, { rate: readRate });

  const told: Told[] = [];
  const problems: string[] = [];
  const ledgers = callers.map((count, l) => ({
    count,
    ledger: open(bench, NAMES[l % NAMES.length] ?? ''),
  }));

  await Promise.all(
    ledgers.flatMap(({ count, ledger }, l) =>
      Array.from({ length: count }, async (_, c) => {
        for (let job = 1; job <= jobs; job++) {
          const isDone = await carryOut(ledger, `c${l}${c}`, job, told);
          if (!isDone) problems.push(`caller c${l}${c} is stuck at job ${job}`);
        }
      }),
    ),
  );

  front.faults = undefined;
  front.readFaults = undefined;
  await front.deliverLate();

  const all = callers.flatMap((count, l) => Array.from({ length: count }, (_, c) => `c${l}${c}`));

  problems.push(
    ...(await bench.check()).problems,
    ...(await untrue(bench, told)),
    ...(await undone(bench, all, jobs)),
  );

  await bench.close();

  return problems;
}

/**
 * One job: reads, and commits unless the job turns out to be done already. @returns whether it is
 * done.
 */
async function carryOut(
  ledger: Ledger,
  caller: string,
  job: number,
  told: Told[],
): Promise<boolean> {
  const name = `${caller}.${job}`;
  for (let attempt = 1; attempt <= PATIENCE; attempt++) {
    try {
      const [counter, standing] = await ledger.read([SHARED, runKey(name)]);
      if (standing !== undefined) return true;

      const commit = commitOf(counter, caller, job, attempt);
      try {
        told.push({ job: name, attempt, committed: await ledger.commit(commit) });
        return true;
      } catch (error) {
        if (codeOf(error) !== 'ledger.unknown') told.push({ job: name, attempt });
        throw error;
      }
    } catch (error) {
      if (!['ledger.conflict', 'ledger.unknown', 'ledger.unavailable'].includes(codeOf(error)))
        throw error;
    }
  }

  return false;
}

const codeOf = (error: unknown): string => String((error as { readonly code?: string }).code);

const counterOf = (document: Document | undefined) => document?.body as unknown as Counter;

function commitOf(
  counter: Document | undefined,
  caller: string,
  job: number,
  attempt: number,
): Commit {
  const { total, last } = counterOf(counter);
  const body = { total: total + 1, last: { ...last, [caller]: job } };
  // every third job leaves the shared document alone, so that its commits do not fail because of
  // other callers
  const shared: Change[] =
    job % 3 === 0 ? [] : [{ op: 'replace', target: SHARED, at: counter as Document, body }];
  const told = entry({ run: `${caller}.${job}`, attempt });

  return {
    changes: [
      ...shared,
      { op: 'insert', target: runKey(`${caller}.${job}`), body: { caller, job } },
    ],
    entries: job % 2 === 0 ? [told, told] : [told],
  };
}

/** Commits of which the trail tells otherwise than their callers were told. */
async function untrue(bench: DynamoBench, told: readonly Told[]): Promise<string[]> {
  const all = await bench.entries();
  return told.flatMap(({ job, attempt, committed }) => {
    const own = all.filter((each) => each.run === job && each.attempt === attempt);
    if (committed === undefined)
      return own.length === 0 ? [] : [`refused and done: ${job}, commit ${attempt}`];

    const places = committed.entries.map(({ writer, n }) => `${writer} ${n}`);
    const commitments = new Map(
      own.flatMap(({ changes = [] }) => changes.map(({ target, afterC }) => [target, afterC])),
    );
    const isTold =
      places.join() === own.map(({ writer, n }) => `${writer} ${n}`).join() &&
      [...committed.revisions].every(
        ([target, { commitment }]) => commitments.get(target) === commitment,
      );

    return isTold ? [] : [`acknowledged and lost: ${job}, commit ${attempt} at ${places.join()}`];
  });
}

/** Jobs that are not done once. */
async function undone(
  bench: DynamoBench,
  callers: readonly string[],
  jobs: number,
): Promise<string[]> {
  const counting = Array.from({ length: jobs }, (_, i) => i + 1).filter((job) => job % 3 !== 0);
  const ledger = bench.ledger();
  const [counter] = await ledger.read([SHARED]);
  const { total, last } = counterOf(counter);
  const problems: string[] = [];

  if (total !== callers.length * counting.length)
    problems.push(`${total} increments, not ${callers.length * counting.length}`);

  const entries = await bench.entries();
  for (const caller of callers) {
    if (last[caller] !== counting.at(-1))
      problems.push(`the last increment of ${caller} is ${last[caller]}, not ${counting.at(-1)}`);

    for (let job = 1; job <= jobs; job++) {
      const own = runKey(`${caller}.${job}`);
      const [standing] = await ledger.read([own]);
      const times = entries.filter(({ run }) => run === `${caller}.${job}`).length;
      if (standing?.rev !== 1 || times !== (job % 2 === 0 ? 2 : 1))
        problems.push(`${own} stands at ${standing?.rev} and is told of ${times} times`);
    }
  }

  return problems;
}
