import { describe, expect, it } from 'vitest';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import {
  type DecisionRequest,
  list,
  openGates,
  participantChange,
  target,
} from '#shared/engine/index.ts';
import { CountedMetrics } from '#shared/kernel/adapters/counted-metrics.ts';
import { DAY, type Json, ManualClock } from '#shared/kernel/index.ts';
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

const flow = paymentFlow();

describe.each(ENGINES)('on the %s engine', (engine) => {
  async function waiting(start: { readonly requester?: string } = {}) {
    const clock = new ManualClock(1_800_000_000_000);
    const bank = idempotent();
    const bench = await workbench(flow, { engine, vendors: bank, clock });

    await bench.seedRollout('exceptions');

    const requester = { kind: 'user', id: start.requester ?? 'starter', auth: 'embedded' } as const;
    const { run } = await bench.start({
      idempotencyKey: 'one',
      input: input({ amount: 5_000 }),
      requester,
    });

    await settle(bench);

    const [open] = await bench.openGates();
    if (open === undefined) throw new Error('no gate opened');

    const decision = (over: Partial<DecisionRequest> = {}): DecisionRequest => ({
      key: open.key,
      gate: 'approve',
      outcome: 'approved',
      reason: 'looked at it',
      seen: open.seen,
      ...over,
    });

    return { bench, bank, clock, run, open, decision };
  }

  describe('a gate', () => {
    it('says why it waits, in words with the facts, and shows what it declares', async () => {
      const { open, bench, run } = await waiting();

      expect(open.gate).toMatchObject({
        gate: 'approve',
        decidedBy: 'Compliance Officer',
        hits: [
          {
            rule: 'over-limit',
            says: 'the amount 5000 is over 1000',
            facts: { amount: 5_000, limit: 1_000 },
          },
        ],
        shown: { payeeId: 'payee-1', amount: 5_000 },
      });

      expect((await runDocument(bench, flow, run)).status).toBe('waiting');
    });

    it('takes the run on when it is approved: the effect happens once, and its claim names the decision', async () => {
      const { bench, bank, run, decision } = await waiting();

      await bench.decide(APPROVER, decision());
      await settle(bench);
      expect((await runDocument(bench, flow, run)).status).toBe('done');
      expect(bank.effects).toHaveLength(1);

      const entries = await entriesOf(bench, run);
      const own = target.decision({ automation: 'payment', workspace: 'bench', run }, 'approve');

      expect(entries.find(({ action }) => action === 'effect.claim')?.why?.decisions?.[0]).toBe(
        own,
      );
      expect(entries.find(({ action }) => action === 'gate.decide')).toMatchObject({
        actor: { id: 'approver' },
        outcome: 'ok',
        why: { code: 'gate.approved', reason: 'looked at it' },
      });

      expect(await trailProblems(bench)).toEqual([]);
    });

    it('ends the run when it is rejected, without the effect', async () => {
      const { bench, bank, run, decision } = await waiting();
      await bench.decide(APPROVER, decision({ outcome: 'rejected', reason: 'too much' }));
      await settle(bench);
      expect((await runDocument(bench, flow, run)).status).toBe('rejected');
      expect(bank.requests).toHaveLength(0);
    });

    it('is listed only where its key is of the workspace and says what it says itself', async () => {
      const { bench, clock, run, open } = await waiting();
      const body = { ...open.gate, shown: { amount: 1 } };

      const lies: [string, Json][] = [
        // speaks of the true gate, and shows another amount
        ['gate#evil#other#r1.approve', body as never],
        [
          'gate#evil#other#r2.approve',
          { ...body, automation: 'evil', workspace: 'other', run: 'r2' } as never,
        ],
        ['gate#evil#bench#r3.approve', body as never],
        [
          'gate#evil#bench#r6.approve',
          { ...body, automation: 'evil', workspace: 'other', run: 'r6' } as never,
        ],
        ['gate#payment#bench#r4.approve', { ...body, run } as never],
        ['gate#payment#bench#r5.approve', { ...body, run: 'r5', gate: 'a'.repeat(3_000) } as never],
        ...[null, 7, 'gate', [], {}].map((nothing, i): [string, Json] => [
          `gate#evil#bench#n${i}.approve`,
          nothing,
        ]),
      ];

      await bench.ports('evil.step').ledger.commit({
        changes: lies.map(([name, lie], i) => ({
          op: 'insert',
          target: name,
          body: lie,
          index: { list: { name: list.gates(WORKBENCH_WORKSPACE), sort: `0${i}` } },
        })),
        entries: [
          {
            workspace: 'other',
            actor: { kind: 'service', id: 'evil.step' },
            action: 'step.done',
            outcome: 'ok',
          },
        ],
      });

      const metrics = new CountedMetrics(clock);

      expect(
        await openGates(bench.ports('gates').ledger, WORKBENCH_WORKSPACE, clock.now(), metrics),
      ).toEqual([open]);
      metrics.flush();
      expect(metrics.snapshot().totals).toMatchObject({ IndexMismatches: { sum: lies.length } });
    });

    const refusals: [
      string,
      string,
      (w: Awaited<ReturnType<typeof waiting>>) => [typeof APPROVER, DecisionRequest],
    ][] = [
      [
        'without the role',
        'gate.role',
        ({ decision }) => [{ ...APPROVER, roles: ['Team Member'] }, decision()],
      ],
      [
        'who started the run',
        'gate.requester',
        ({ decision }) => [{ ...APPROVER, actor: { kind: 'user', id: 'starter' } }, decision()],
      ],
      [
        'who was shown something else',
        'gate.stale',
        ({ decision }) => [APPROVER, decision({ seen: 'x'.repeat(43) })],
      ],
      [
        'who may not read all that it shows',
        'gate.unreadable',
        ({ decision, open }) => [
          APPROVER,
          decision({ view: { shown: ['amount'], hits: open.gate.hits } }),
        ],
      ],
      [
        'who may not read why it waits',
        'gate.unreadable',
        ({ decision, open }) => [
          APPROVER,
          decision({
            view: {
              shown: Object.keys(open.gate.shown),
              hits: [{ rule: 'over-limit', says: 'the amount [internal] is over 1000' }],
            },
          }),
        ],
      ],
      [
        'with a reason that shows nothing',
        'gate.reason',
        ({ decision }) => [APPROVER, decision({ reason: '\u200b\u2800' })],
      ],
      ['without a reason', 'gate.reason', ({ decision }) => [APPROVER, decision({ reason: '  ' })]],
      [
        'with too long a reason',
        'gate.reason',
        ({ decision }) => [APPROVER, decision({ reason: 'x'.repeat(501) })],
      ],
      [
        'at a gate that is not there',
        'gate.unknown',
        ({ decision }) => [APPROVER, decision({ gate: 'other' })],
      ],
    ];

    for (const [who, code, make] of refusals) {
      it(`refuses somebody ${who}, and records it`, async () => {
        const situation = await waiting();
        const { bench, run } = situation;

        await expect(bench.decide(...make(situation))).rejects.toMatchObject({ code });
        await settle(bench);
        expect((await runDocument(bench, flow, run)).status).toBe('waiting');
        expect((await entriesOf(bench, run)).at(-1)).toMatchObject({
          action: 'gate.decide',
          outcome: 'denied',
          why: { code },
        });

        expect(await bench.openGates()).toHaveLength(1);
      });
    }

    it('refuses a decision that is none, and one at a place that has no place in a key, without keeping what was asked for', async () => {
      const { bench, run, open, decision } = await waiting();

      await expect(
        bench.decide(APPROVER, decision({ outcome: 'maybe' as never })),
      ).rejects.toMatchObject({ code: 'gate.outcome' });

      const hostile = 'NL91ABNA0417164300 \ud800 #*';
      for (const over of [
        { gate: hostile },
        { key: { ...open.key, run: hostile } },
        { key: { ...open.key, workspace: hostile } },
      ]) {
        await expect(bench.decide(APPROVER, decision(over))).rejects.toMatchObject({
          code: 'gate.unknown',
        });
      }

      const entries = await entriesOf(bench);

      expect(
        entries.filter(({ action, outcome }) => action === 'gate.decide' && outcome === 'denied'),
      ).toHaveLength(4);
      expect(JSON.stringify(entries)).not.toContain('NL91');
      await bench.decide(APPROVER, decision());
      await settle(bench);
      expect((await runDocument(bench, flow, run)).status).toBe('done');
    });

    it('keeps what was shown beside what was seen, and makes who decided an approver of the run', async () => {
      const { bench, clock, run, open, decision } = await waiting();

      await bench.decide(APPROVER, decision());

      const [decided, opened, part] = await bench
        .ports('test')
        .ledger.read([
          target.decision(open.key, 'approve'),
          target.gate(open.key, 'approve'),
          target.participant(open.key, 'approver'),
        ]);

      expect(decided?.body).toMatchObject({
        seen: opened?.commitment,
        shown: ['amount', 'payeeId'],
      });

      expect(part?.body).toEqual({
        v: 'participant/1',
        run,
        person: 'approver',
        as: 'approver',
        at: clock.now(),
      });

      expect((await entriesOf(bench, run)).at(-1)).toMatchObject({
        action: 'gate.decide',
        reads: ['amount', 'payeeId'],
      });

      const again = await bench.decide(APPROVER, decision());

      expect(again).toMatchObject({ created: false, decision: { by: 'approver' } });
    });

    it('is decided by nobody who asked for the run, whichever of the two comes first at the store', async () => {
      const { bench, clock, open, decision } = await waiting();

      const asks = (person: string) =>
        bench.ports('runs').ledger.commit({
          changes: [participantChange(open.key, { person, as: 'requester', at: clock.now() })],
          entries: [
            {
              workspace: 'bench',
              actor: { kind: 'user', id: person },
              action: 'run.request',
              outcome: 'ok',
            },
          ],
        });

      const as = (person: string) => ({
        ...APPROVER,
        actor: { kind: 'user', id: person } as const,
      });

      await asks('before');
      await expect(bench.decide(as('before'), decision())).rejects.toMatchObject({
        code: 'gate.requester',
      });

      const both = await Promise.allSettled([
        bench.decide(as('at-once'), decision()),
        asks('at-once'),
      ]);

      expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);

      if (both[0].status === 'rejected')
        expect(both[0].reason).toMatchObject({ code: 'gate.requester' });
      else expect(both[1]).toMatchObject({ reason: { code: 'ledger.conflict' } });

      expect(await trailProblems(bench)).toEqual([]);
    });

    it('has exactly one decision when 64 decide at once', async () => {
      const { bench, run, decision } = await waiting();

      const all = await Promise.allSettled(
        Array.from({ length: 64 }, (_, i) =>
          bench.decide(
            { ...APPROVER, actor: { kind: 'user', id: `approver-${i}` } },
            decision({ outcome: i % 2 === 0 ? 'approved' : 'rejected' }),
          ),
        ),
      );

      expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);

      const decided = (await entriesOf(bench, run)).filter(
        ({ action }) => action === 'gate.decide',
      );

      expect(decided.filter(({ outcome }) => outcome === 'ok')).toHaveLength(1);
      expect(decided).toHaveLength(64);
    });

    it('fails closed when it expires: the run ends rejected, and a late decision is refused', async () => {
      const { bench, bank, clock, run, decision } = await waiting();

      clock.advance(DAY - 1);
      expect(await bench.fireTimers()).toEqual({ found: 0 });
      clock.advance(1);
      await expect(bench.decide(APPROVER, decision())).rejects.toMatchObject({
        code: 'gate.expired',
      });
      expect(await bench.openGates()).toEqual([]);
      expect(await bench.fireTimers()).toEqual({ found: 1 });
      // fired twice before anybody acts on it
      expect(await bench.fireTimers()).toEqual({ found: 1 });
      await settle(bench);
      expect(await runDocument(bench, flow, run)).toMatchObject({
        status: 'rejected',
        gates: { approve: 'expired' },
      });

      expect(bank.requests).toHaveLength(0);
      expect(await bench.fireTimers()).toEqual({ found: 0 });
    });

    it('does not count a decision document that was made too late, whoever put it there', async () => {
      const { bench, bank, clock, run, open, decision } = await waiting();

      clock.advance(2 * DAY);

      const body = {
        v: 'decision/1',
        run,
        gate: 'approve',
        outcome: 'approved',
        by: 'x',
        role: 'x',
        reason: 'x',
        at: clock.now(),
        seen: decision().seen,
      };

      await bench.ports('gates').ledger.commit({
        changes: [{ op: 'insert', target: target.decision(open.key, 'approve'), body }],
        entries: [
          {
            workspace: 'bench',
            actor: { kind: 'service', id: 'gates' },
            action: 'gate.decide',
            outcome: 'ok',
          },
        ],
        messages: [
          { queue: 'payment.intake', workspace: 'bench', run, step: 'intake', subjectRefs: [] },
        ],
      });

      await settle(bench);
      expect((await runDocument(bench, flow, run)).gates.approve).toBe('expired');
      expect(bank.requests).toHaveLength(0);
    });

    it('counts a decision that came in time, also when it is acted on late', async () => {
      const { bench, clock, run, decision } = await waiting();
      await bench.decide(APPROVER, decision());
      clock.advance(2 * DAY);
      await settle(bench);
      expect((await runDocument(bench, flow, run)).gates.approve).toBe('approved');
    });
  });
});
