import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { target } from '#shared/engine/index.ts';
import { ManualClock, MINUTE } from '#shared/kernel/index.ts';
import { type Ledger, LedgerUnavailableError, LedgerUnknownError } from '#shared/ledger/index.ts';
import {
  APPROVER,
  ENGINES,
  entriesOf,
  idempotent,
  runDocument,
  settle,
  trailProblems,
  workbench,
} from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';

const flow = paymentFlow({ attempts: 20 });
const DAY_ONE = 1_800_000_000_000;

/**
 * Loses the messages of every commit that `loses` picks, as a crash between commit and send would.
 */
const losing =
  (loses: (fn: string, action: string) => boolean) =>
  (ledger: Ledger, fn: string): Ledger => ({
    ...ledger,
    commit: (commit) =>
      ledger.commit(loses(fn, commit.entries[0].action) ? { ...commit, messages: [] } : commit),
  });

describe.each(ENGINES)('on the %s engine', (engine) => {
  describe('a lost message', () => {
    it('of a start is sent by the sweeper, when its time has come', async () => {
      const clock = new ManualClock(DAY_ONE);

      const bench = await workbench(flow, {
        engine,
        vendors: idempotent(),
        clock,
        between: losing((_, action) => action === 'run.start'),
      });

      const { run } = await bench.start({ idempotencyKey: 'one', input: input() });

      expect(await bench.sweep()).toEqual({ found: 0 });
      clock.advance(MINUTE);
      expect(await bench.sweep()).toEqual({ found: 1 });
      await settle(bench);
      expect((await runDocument(bench, flow, run)).status).toBe('done');
      expect(await bench.sweep()).toEqual({ found: 0 });
    });

    it('of a decision is sent by the sweeper', async () => {
      const clock = new ManualClock(DAY_ONE);

      const bench = await workbench(flow, {
        engine,
        vendors: idempotent(),
        clock,
        between: losing((_, action) => action === 'gate.decide'),
      });

      await bench.seedRollout('exceptions');

      const { run } = await bench.start({ idempotencyKey: 'one', input: input({ amount: 5_000 }) });

      await settle(bench);

      const [gate] = await bench.openGates();

      await bench.decide(APPROVER, {
        key: gate!.key,
        gate: 'approve',
        outcome: 'approved',
        reason: 'fine',
        seen: gate!.seen,
      });

      await settle(bench);
      expect((await runDocument(bench, flow, run)).status).toBe('waiting');
      clock.advance(MINUTE);
      expect(await bench.sweep()).toEqual({ found: 1 });
      await settle(bench);
      expect((await runDocument(bench, flow, run)).status).toBe('done');
      expect(await bench.sweep()).toEqual({ found: 0 });
    });

    it('of a step is sent again when the message that caused it is delivered again', async () => {
      const bench = await workbench(flow, {
        engine,
        vendors: idempotent(),
        between: losing((fn) => fn === 'payment.check'),
      });

      const { run } = await bench.start({ idempotencyKey: 'one', input: input() });

      await settle(bench);
      expect((await runDocument(bench, flow, run)).steps).toMatchObject({
        check: { state: 'done' },
        pay: { state: 'ready' },
      });

      // as the queue brings it back after a crash: handed out before, not deleted
      await bench.ports('test').ledger.send([
        {
          queue: 'payment.check',
          workspace: WORKBENCH_WORKSPACE,
          run,
          step: 'check',
          subjectRefs: [],
        },
      ]);

      const [first] = bench.store.queues.receive('payment.check', 1, 60_000);

      bench.store.queues.release('payment.check', first!.receipt, 0);
      await settle(bench);
      expect((await runDocument(bench, flow, run)).status).toBe('done');
    });
  });

  describe('a ledger that fails', () => {
    it('pays each run once and loses none, whatever fails where: before, after, or nobody knows', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.constantFrom('before', 'after', 'no', 'no', 'no', 'no'), {
            minLength: 40,
            maxLength: 40,
          }),
          async (plan) => {
            const bank = idempotent();
            let nth = 0;

            const bench = await workbench(flow, {
              engine,
              vendors: bank,
              between: (ledger, fn) => ({
                ...ledger,
                commit: async (commit) => {
                  const fault =
                    fn === 'automations' || fn === 'workspaces' ? 'no' : plan[nth++ % 40];
                  if (nth > 80) return ledger.commit(commit); // it gets better in the end
                  if (fault === 'before') throw new LedgerUnavailableError('throttled');
                  const done = await ledger.commit(commit);
                  if (fault === 'after') throw new LedgerUnknownError(); // failed, yet persisted
                  return done;
                },
              }),
            });

            await bench.seedRollout('exceptions');

            const runs: string[] = [];
            for (let i = 0; i < 4; i++) {
              for (;;) {
                try {
                  runs.push(
                    (
                      await bench.start({
                        idempotencyKey: `k${i}`,
                        input: input({ payeeId: `p${i % 2}` }),
                      })
                    ).run,
                  );
                  break;
                } catch {
                  // the caller tries again with the same key, as a client does
                }
              }
            }

            await settle(bench);

            for (const run of runs) {
              const { status, parked } = await runDocument(bench, flow, run);
              const paid = bank.effects.filter(({ key }) => key.startsWith(`${run}/`)).length;

              // a ledger that fails five times for one message has its run parked, with the reason;
              // nothing else may become of it
              if (status === 'parked') expect(parked?.code).toBe('delivery.exhausted');
              else expect([status, paid]).toEqual(['done', 1]);

              expect(paid).toBeLessThanOrEqual(1);
            }

            expect(await trailProblems(bench)).toEqual([]);
            await bench.store.close();
          },
        ),
        { numRuns: process.env.WRIT_SOAK === undefined ? (engine === 'aws' ? 2 : 3) : 60 },
      );
    });

    it('does the steps of a run once although every message is delivered three times in any order', async () => {
      const bank = idempotent();
      const count = engine === 'aws' ? 8 : 20;

      const bench = await workbench(flow, {
        engine,
        vendors: bank,
        between: (ledger) => ({
          ...ledger,
          commit: (commit) =>
            ledger.commit({
              ...commit,
              messages: (commit.messages ?? []).flatMap((message) => [
                message,
                { ...message, delayMs: 5 },
                message,
              ]),
            }),
        }),
      });

      await bench.seedRollout('exceptions');

      const runs = await Promise.all(
        Array.from({ length: count }, (_, i) =>
          bench.start({ idempotencyKey: `k${i}`, input: input() }),
        ),
      );

      await settle(bench);
      expect(bank.requests).toHaveLength(count);

      for (const { run } of runs) {
        const actions = (await entriesOf(bench, run)).map(({ action, step }) =>
          `${action} ${step ?? ''}`.trim(),
        );

        expect(actions).toEqual([
          'run.start',
          'step.done check',
          'effect.claim pay',
          'step.done pay',
          'step.done tell',
        ]);
      }
    });
  });

  describe('a message that cannot be delivered', () => {
    it('ends in the dead-letter queue and parks its run with the reason', async () => {
      const bench = await workbench(flow, {
        engine,
        vendors: idempotent(),
        between: (ledger, fn) => ({
          ...ledger,
          commit: async (commit) =>
            fn === 'payment.check'
              ? Promise.reject(new LedgerUnavailableError('down'))
              : ledger.commit(commit),
        }),
      });

      const { run } = await bench.start({ idempotencyKey: 'one', input: input() });
      // the queue hands it out five times; the pauses between are not waited for here
      const [message] = bench.store.queues.receive('payment.check', 1, 60_000);

      bench.store.queues.move('payment.check', message!.receipt, 'payment.dead');
      await settle(bench);
      expect(await runDocument(bench, flow, run)).toMatchObject({
        status: 'parked',
        parked: { step: 'check', code: 'delivery.exhausted' },
      });

      expect(await trailProblems(bench)).toEqual([]);
    });

    it('is kept where it ends until its run is parked, however often that fails', async () => {
      let failures = 0;

      const bench = await workbench(flow, {
        engine,
        vendors: idempotent(),
        between: (ledger, fn) => ({
          ...ledger,
          commit: async (commit) =>
            fn === 'payment.check' || (fn === 'payment.dead' && ++failures <= 8)
              ? Promise.reject(new LedgerUnavailableError('down'))
              : ledger.commit(commit),
        }),
      });

      const { run } = await bench.start({ idempotencyKey: 'one', input: input() });

      await settle(bench);
      expect(failures).toBe(9);
      expect(await runDocument(bench, flow, run)).toMatchObject({
        status: 'parked',
        parked: { step: 'check', code: 'delivery.exhausted' },
      });
    });

    it('for a run that does not exist, or that is no message of ours, changes nothing', async () => {
      const bench = await workbench(flow, { engine, vendors: idempotent() });
      const before = bench.store.counts().entries;

      await bench.ports('test').ledger.send([
        {
          queue: 'payment.check',
          workspace: WORKBENCH_WORKSPACE,
          run: 'nosuchrun',
          step: 'check',
          subjectRefs: [],
        },
        {
          queue: 'payment.intake',
          workspace: WORKBENCH_WORKSPACE,
          run: 'nosuchrun',
          step: 'intake',
          subjectRefs: [],
        },
        {
          queue: 'payment.dead',
          workspace: WORKBENCH_WORKSPACE,
          run: 'nosuchrun',
          step: 'check',
          subjectRefs: [],
        },
      ]);

      await settle(bench);
      expect(bench.store.counts().entries).toBe(before);
    });

    it('answers a malformed record with a batch failure, and the good ones beside it are done', async () => {
      const bench = await workbench(flow, { engine, vendors: idempotent() });
      const { run } = await bench.start({ idempotencyKey: 'one', input: input() });
      const handler = bench.functions.find(({ queue }) => queue === 'payment.check')!.handler;
      const record = (messageId: string, body: string) => ({
        messageId,
        body,
        attributes: { ApproximateReceiveCount: '1' },
      });

      const good = JSON.stringify({
        workspace: WORKBENCH_WORKSPACE,
        run,
        step: 'check',
        subjectRefs: [],
      });

      const bad = [
        '',
        '{',
        '[]',
        '{"workspace":1}',
        good.replace('}', ',"iban":"NL91"}'),
        `${'['.repeat(2_000)}`,
      ];

      const Records = [...bad.map((body, i) => record(`bad-${i}`, body)), record('good', good)];
      const { batchItemFailures } = await handler({ Records } as never);

      expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(
        bad.map((_, i) => `bad-${i}`),
      );
      expect((await runDocument(bench, flow, run)).steps.check?.state).toBe('done');
    });

    it('does not run a step of another version, and says which version the run is pinned to', async () => {
      const bench = await workbench(flow, { engine, vendors: idempotent() });
      const { run } = await bench.start({ idempotencyKey: 'one', input: input() });
      const { ledger } = bench.ports('payment.check');
      const own = target.run({ automation: 'payment', workspace: WORKBENCH_WORKSPACE, run });
      const [document] = await ledger.read([own]);

      await ledger.commit({
        changes: [
          {
            op: 'replace',
            target: own,
            at: document!,
            body: { ...(document!.body as object), definition: 'f'.repeat(64) } as never,
          },
        ],
        entries: [
          {
            workspace: WORKBENCH_WORKSPACE,
            actor: { kind: 'service', id: 'test' },
            action: 'step.done',
            outcome: 'ok',
          },
        ],
      });

      await settle(bench);
      expect((await runDocument(bench, flow, run)).parked).toMatchObject({ code: 'run.version' });
    });
  });
});
