import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACTIONS, type Action, isEmbeddedOnly } from '#shared/audit/actions.ts';
import { CountedMetrics } from '#shared/kernel/adapters/counted-metrics.ts';
import type { MetricName } from '#shared/kernel/index.ts';
import { type Commit, type Ledger, measured } from '#shared/ledger/index.ts';
import {
  COMMIT_ATTEMPTS,
  type DynamoBench,
  endOf,
  entry,
  insert,
  message,
  one,
  openBench,
  put,
  runKey,
  times,
} from './dynamodb-bench.ts';

let bench: DynamoBench;
let metrics: CountedMetrics;
let below: Ledger;
let ledger: Ledger;
beforeEach(async () => {
  bench = await openBench();
  metrics = new CountedMetrics(bench.clock);
  below = bench.ledger();
  ledger = measured(below, metrics);
});
afterEach(() => bench.close());

function counted(): Partial<Record<MetricName, number>> {
  metrics.flush();
  return Object.fromEntries(
    Object.entries(metrics.snapshot().totals).map(([name, { sum }]) => [name, sum]),
  );
}

/** Of every action there is: a new one is counted, or is said here not to be. */
const COUNTED: Record<Action, MetricName | undefined> = {
  'workspace.create': undefined,
  'workspace.list': undefined,
  'workspace.read': undefined,
  'person.seed': undefined,
  'role.seed': undefined,
  'person.first-admin': undefined,
  'person.list': undefined,
  'person.read': undefined,
  'role.list': undefined,
  'role.read': undefined,
  'session.start': undefined,
  'session.refuse': undefined,
  'record.import': undefined,
  'rollout.seed': undefined,
  'run.request': undefined,
  'run.start': 'RunsStarted',
  'run.refuse': undefined,
  'run.list': undefined,
  'run.read': undefined,
  'trail.read': undefined,
  'automation.list': undefined,
  'automation.read': undefined,
  'run.park': 'RunsParked',
  'run.mark': undefined,
  'step.done': 'StepsDone',
  'step.retry': 'StepsRetried',
  'effect.claim': 'EffectsClaimed',
  'effect.hold': undefined,
  'effect.resume': undefined,
  'gate.list': undefined,
  'gate.read': undefined,
  'gate.decide': undefined,
  'gate.pass': undefined,
  'subject.shred': undefined,
};
const actions = (Object.keys(ACTIONS) as Action[]).filter((action) => !isEmbeddedOnly(action));

const of = (...drafts: Parameters<typeof entry>[0][]): Commit => ({
  entries: drafts.map(entry) as unknown as Commit['entries'],
});

describe('a measured ledger', () => {
  it.each(actions)(
    'counts what the action is counted as, and a refusal besides: %s',
    async (action) => {
      const own = COUNTED[action] === undefined ? {} : { [COUNTED[action]]: 1 };

      await ledger.commit(of({ action }));
      expect(counted()).toEqual(own);
      await ledger.commit(of({ action, outcome: 'denied' }));

      const twice = Object.fromEntries(Object.keys(own).map((name) => [name, 2]));

      expect(counted()).toEqual({ ...twice, Refusals: 1 });
      await ledger.commit(of({ action, outcome: 'failed' }));
      expect(counted().Refusals).toBe(1);
    },
  );

  it('counts every entry of a commit', async () => {
    await ledger.commit(
      of(
        { action: 'step.done' },
        { action: 'step.done' },
        { action: 'run.park' },
        { action: 'gate.decide' },
      ),
    );
    expect(counted()).toEqual({ StepsDone: 2, RunsParked: 1 });
  });

  it('counts nothing of a commit that did not happen, or of which that is not known', async () => {
    await put(below, 'r1');
    expect(await endOf(ledger.commit(one(insert('r1'))))).toBe('ledger.conflict');
    bench.next(...times(COMMIT_ATTEMPTS, 'lost-before' as const));
    expect(await endOf(ledger.commit(one(insert('r2'))))).toBe('ledger.unknown');
    bench.next(...times(COMMIT_ATTEMPTS, 'throttled' as const));
    expect(await endOf(ledger.commit(one(insert('r3'))))).toBe('ledger.unavailable');
    expect(await endOf(ledger.commit(of({ action: 'rollout.seed' })))).toBe('audit.embedded-only');
    expect(counted()).toEqual({});
  });

  it('counts a commit that happened and could not be told of', async () => {
    bench.sender.next = 'refused';
    expect(await endOf(ledger.commit({ ...one(insert('r1')), messages: [message('r1')] }))).toBe(
      'ledger.unsent',
    );
    expect(counted()).toEqual({ StepsDone: 1 });
  });

  it('is the ledger below in everything else', async () => {
    expect(ledger.identity).toBe(below.identity);

    const { revisions, entries } = await ledger.commit(one(insert('r1')));

    expect(entries[0]).toMatchObject({ n: 1 });
    expect(await ledger.read([runKey('r1')])).toMatchObject([revisions.get(runKey('r1'))!]);
    expect(
      await ledger.query({ by: 'due', automation: 'invoice-approval', until: 1, limit: 1 }),
    ).toEqual({ documents: [] });
    await ledger.send([message('r1')]);
    expect(bench.sender.take('invoice-approval.pay')).toHaveLength(1);
    expect(counted()).toEqual({ StepsDone: 1 });
  });
});
