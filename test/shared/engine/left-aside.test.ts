import { describe, expect, it } from 'vitest';
import { STARTER, WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import type { Flow } from '#shared/automation/index.ts';
import {
  continueRun,
  decideGate,
  deliverStep,
  fireTimers,
  startRun,
  sweep,
  target,
} from '#shared/engine/index.ts';
import { DAY, HOUR, type Json, ManualClock } from '#shared/kernel/index.ts';
import type { Change, Commit, Message } from '#shared/ledger/index.ts';
import {
  APPROVER,
  type Bench,
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
const next = paymentFlow({ attempts: 4 });
const keyOf = (run: string) => ({ automation: flow.name, workspace: WORKBENCH_WORKSPACE, run });

/**
 * What a schedule finds, and the intake of this version does with the word that is sent for it.
 * @returns the runs it was sent for.
 */
async function look(
  bench: Bench,
  of: Flow,
  by: typeof fireTimers | typeof sweep,
): Promise<readonly string[]> {
  const sent: Message[] = [];
  const { ledger, clock } = bench.ports('payment.timers');

  await by(
    { clock, ledger: { ...ledger, send: async (messages) => void sent.push(...messages) } },
    of,
  );

  const intake = bench.ports('payment.intake');
  for (const message of sent) await continueRun({ ports: intake, flow: of, message, receives: 1 });

  return sent.map(({ run }) => run);
}

describe.each(ENGINES)('on the %s engine', (engine) => {
  async function waiting() {
    const clock = new ManualClock(1_800_000_000_000);
    const bench = await workbench(flow, { engine, vendors: idempotent(), clock });

    await bench.seedRollout('exceptions');

    const { run } = await bench.start({ idempotencyKey: 'one', input: input({ amount: 5_000 }) });

    await settle(bench);

    const [open] = await bench.openGates();
    if (open === undefined) throw new Error('no gate opened');

    const decision = {
      key: open.key,
      gate: 'approve',
      outcome: 'approved',
      reason: 'fine',
      seen: open.seen,
    } as const;

    return { bench, clock, run, open, decision };
  }

  const actions = async (bench: Bench, run: string) =>
    (await entriesOf(bench, run)).map(({ action }) => action);

  const entry = {
    workspace: WORKBENCH_WORKSPACE,
    actor: { kind: 'service', id: 'payment.check' },
    action: 'step.done',
    outcome: 'ok',
  } as const;

  /** Takes a run elsewhere while its gate is open. */
  async function turn(bench: Bench, run: string, status: string): Promise<void> {
    const { ledger } = bench.ports('payment.check');
    const [document] = await ledger.read([target.run(keyOf(run))]);
    const body = { ...(document!.body as object), status } as Json;
    await ledger.commit({
      changes: [{ op: 'replace', target: document!.target, at: document!, body }],
      entries: [entry],
    });
  }

  describe.each(['parked', 'rejected'])('of a run that is %s', (status) => {
    it('the timer is taken away when it falls due, and one entry tells of it', async () => {
      const { bench, clock, run } = await waiting();

      await turn(bench, run, status);
      clock.advance(DAY);

      const before = await actions(bench, run);

      expect(await look(bench, flow, fireTimers)).toEqual([run]);
      expect(await look(bench, flow, fireTimers)).toEqual([]);

      const told = (await entriesOf(bench, run)).slice(before.length);

      expect(told).toMatchObject([
        { action: 'gate.pass', outcome: 'failed', why: { code: `run.${status}` } },
      ]);
      expect((await runDocument(bench, flow, run)).status).toBe(status);
      expect(await trailProblems(bench)).toEqual([]);
    });

    it('the mark of a decision is taken away too, and with it what else was to look after it', async () => {
      const { bench, clock, run, decision } = await waiting();

      await bench.decide(APPROVER, decision);
      await turn(bench, run, status);

      const before = await actions(bench, run);

      clock.advance(2 * DAY);
      expect(await look(bench, flow, sweep)).toEqual([run]);
      expect([await look(bench, flow, sweep), await look(bench, flow, fireTimers)]).toEqual([
        [],
        [],
      ]);

      const told = (await entriesOf(bench, run)).slice(before.length);

      expect(told).toMatchObject([
        {
          action: 'gate.pass',
          outcome: 'failed',
          why: { code: `run.${status}`, decisions: [target.decision(keyOf(run), 'approve')] },
        },
      ]);

      expect(await trailProblems(bench)).toEqual([]);
    });
  });

  it('a run that is parked for its version leaves neither a timer nor a mark', async () => {
    for (const decided of [false, true]) {
      const { bench, clock, run, decision } = await waiting();

      if (decided) await bench.decide(APPROVER, decision);

      clock.advance(2 * DAY);
      expect(await look(bench, next, decided ? sweep : fireTimers)).toEqual([run]);
      expect((await runDocument(bench, flow, run)).parked?.code).toBe('run.version');

      const before = await actions(bench, run);

      for (const by of [fireTimers, sweep]) expect(await look(bench, next, by)).toEqual([]);

      expect(await actions(bench, run)).toEqual(before);
    }
  });

  it('more than a hundred runs parked at gates keep no later timer from firing', async () => {
    const { bench, clock, run } = await waiting();
    const { ledger } = bench.ports('payment.check');
    // as many runs as that, each with a gate that is open and a timer, made from the one
    const names = (id: string) => [
      target.run(keyOf(id)),
      target.gate(keyOf(id), 'approve'),
      target.timer(keyOf(id), 'approve'),
    ];

    const [runBody, gateBody, timerBody] = (await ledger.read(names(run))).map(
      (document) => document!.body as object,
    );
    const dueAt = clock.now() + DAY;

    for (let part = 0; part < 4; part++) {
      const changes = Array.from({ length: 27 }, (_, i) => `p${part}x${i}`).flatMap(
        (id): Change[] => [
          { op: 'insert', target: target.run(keyOf(id)), body: { ...runBody, id } as Json },
          {
            op: 'insert',
            target: target.gate(keyOf(id), 'approve'),
            body: { ...gateBody, run: id } as Json,
          },
          {
            op: 'insert',
            target: target.timer(keyOf(id), 'approve'),
            body: { ...timerBody, run: id } as Json,
            index: { dueAt },
          },
        ],
      );

      await ledger.commit({ changes, entries: [entry] });
    }

    clock.advance(DAY + HOUR);
    expect(await look(bench, next, fireTimers)).toHaveLength(109);
    expect(await look(bench, next, fireTimers)).toEqual([]);

    const start = {
      workspace: WORKBENCH_WORKSPACE,
      requester: STARTER,
      idempotencyKey: 'fresh',
      input: input({ amount: 5_000 }),
    };

    const fresh = await startRun(bench.ports('payment.intake'), next, start);

    const message = {
      queue: 'payment.check',
      workspace: WORKBENCH_WORKSPACE,
      run: fresh.run,
      step: 'check',
      subjectRefs: [],
    };

    await deliverStep(
      { ports: bench.ports('payment.check'), flow: next, message, receives: 1 },
      'check',
    );
    expect((await runDocument(bench, next, fresh.run)).status).toBe('waiting');
    clock.advance(DAY);
    expect(await look(bench, next, fireTimers)).toEqual([fresh.run]);
    expect(await runDocument(bench, next, fresh.run)).toMatchObject({
      status: 'rejected',
      gates: { approve: 'expired' },
    });
  });

  it('a decision that was committed just after its gate had expired loses its mark, and has no effect', async () => {
    const { bench, clock, run, open, decision } = await waiting();
    const ports = bench.ports('gates');
    const at = open.gate.expiresAt - 1;
    const commit = async (slow: Commit) => {
      clock.advance(at + 2 - clock.now());
      await look(bench, flow, fireTimers);
      return ports.ledger.commit(slow);
    };

    await decideGate(
      { ...ports, clock: { now: () => at }, ledger: { ...ports.ledger, commit } },
      APPROVER,
      decision,
    );

    expect(await runDocument(bench, flow, run)).toMatchObject({
      status: 'rejected',
      gates: { approve: 'expired' },
    });

    clock.advance(HOUR);
    expect(await look(bench, flow, sweep)).toEqual([run]);

    const told = (await entriesOf(bench, run)).at(-1);

    expect(told).toMatchObject({
      action: 'gate.pass',
      outcome: 'failed',
      why: { code: 'gate.expired' },
    });

    expect(told?.why?.decisions).toEqual([target.decision(keyOf(run), 'approve')]);
    expect(await look(bench, flow, sweep)).toEqual([]);
    expect((await runDocument(bench, flow, run)).status).toBe('rejected');
    expect(await trailProblems(bench)).toEqual([]);
  });
});
