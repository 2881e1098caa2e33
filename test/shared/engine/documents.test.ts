import { describe, expect, it } from 'vitest';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import {
  balanceKind,
  claimKind,
  clearFieldsKind,
  controlKind,
  decisionKind,
  gateKind,
  list,
  parseDecisionTarget,
  parseGateTarget,
  parseRunTarget,
  parseWorkspaceTarget,
  participantKind,
  recordKind,
  reservationKind,
  runKind,
  sealedFieldsKind,
  target,
  timerKind,
  workspaceKind,
  workspaceTarget,
} from '#shared/engine/documents/index.ts';
import { directoryTarget, firstAdminKind, personKind, roleKind } from '#shared/identity/person.ts';
import type { Json } from '#shared/kernel/index.ts';
import { type DocumentKind, isTarget, type Ledger } from '#shared/ledger/index.ts';
import {
  APPROVER,
  ENGINES,
  idempotent,
  runDocument,
  settle,
  trailProblems,
  workbench,
} from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';

const key = { automation: 'payment', workspace: 'acme', run: 'k3v9x0m2' };

interface Sample {
  readonly kind: Pick<DocumentKind<{ readonly v: string }>, 'v' | 'find' | 'body'>;
  readonly target: string;
  readonly body: { readonly [name: string]: Json };
  /** Members without which the body is malformed. */
  readonly needs: readonly string[];
}

const SAMPLES: readonly Sample[] = [
  {
    kind: runKind,
    target: target.run(key),
    body: { subjects: {}, steps: { pay: { state: 'ready' } }, gates: {}, branches: {} },
    needs: ['subjects', 'steps', 'gates', 'branches'],
  },
  {
    kind: gateKind,
    target: target.gate(key, 'approve'),
    body: { openedAt: 1, expiresAt: 2, hits: [{ rule: 'a' }], shown: {} },
    needs: ['openedAt', 'expiresAt', 'hits', 'shown'],
  },
  {
    kind: decisionKind,
    target: target.decision(key, 'approve'),
    body: { outcome: 'approved', at: 1 },
    needs: ['outcome', 'at'],
  },
  {
    kind: timerKind,
    target: target.timer(key, 'approve'),
    body: { run: key.run, workspace: 'acme' },
    needs: ['run', 'workspace'],
  },
  {
    kind: claimKind,
    target: target.claim(key, 'pay'),
    body: { intent: 1, claimedAt: 1, request: 'x', layers: [{}], decisions: [] },
    needs: ['intent', 'claimedAt', 'request', 'layers', 'decisions'],
  },
  {
    kind: reservationKind,
    target: target.reservation(key, 'match'),
    body: { items: [{}] },
    needs: ['items'],
  },
  {
    kind: participantKind,
    target: target.participant(key, 'alice'),
    body: { run: key.run, person: 'alice', as: 'approver' },
    needs: ['as'],
  },
  {
    kind: controlKind,
    target: target.control(key),
    body: { rollout: 'shadow' },
    needs: [],
  },
  { kind: recordKind, target: target.record(key, 'orders', 'PO-1'), body: {}, needs: [] },
  {
    kind: balanceKind,
    target: target.balance(key, 'orders', 'PO-1'),
    body: { used: {} },
    needs: ['used'],
  },
  {
    kind: clearFieldsKind,
    target: target.fields(key, 'internal'),
    body: { values: {} },
    needs: ['values'],
  },
  {
    kind: sealedFieldsKind,
    target: target.fields(key, 'financial'),
    body: { subjects: { s1: {} } },
    needs: ['subjects'],
  },
  { kind: workspaceKind, target: workspaceTarget('acme'), body: { name: 'acme' }, needs: ['name'] },
  {
    kind: personKind,
    target: directoryTarget.person('p1'),
    body: { id: 'p1', roles: [], subject: 's1', sealed: {} },
    needs: ['id', 'roles', 'subject', 'sealed'],
  },
  {
    kind: roleKind,
    target: directoryTarget.role('clerk'),
    body: { name: 'clerk', grants: [{}] },
    needs: ['name', 'grants'],
  },
  {
    kind: firstAdminKind,
    target: directoryTarget.firstAdmin,
    body: { person: 'p1' },
    needs: ['person'],
  },
];

describe.each(SAMPLES)('a document $target', ({ kind, target: at, body, needs }) => {
  const good = { v: kind.v, ...body };

  it('has a key of a known form, and its body is read', () => {
    expect(isTarget(at)).toBe(true);
    expect(kind.body({ target: at, body: good })).toBe(good);
    expect(kind.find({ target: at, body: good })).toBe(good);
    expect(kind.find(undefined)).toBeUndefined();
  });

  it('that is damaged gives a coded error that names it, and no other', () => {
    const other = { ...good, v: 'other/1' };
    const without = needs.flatMap((name): Json[] =>
      [undefined, null, true].map((value) => ({ ...good, [name]: value })),
    );

    for (const damaged of [null, 1, 'x', [], {}, other, ...without]) {
      expect(kind.find({ target: at, body: damaged })).toBeUndefined();
      expect(() => kind.body({ target: at, body: damaged })).toThrow(
        expect.objectContaining({
          code: 'ledger.malformed',
          fate: 'refuse',
          message: `document ${at} is not of the form ${kind.v}`,
        }),
      );
    }
  });
});

describe('a key', () => {
  it('gives back the parts that it was made of', () => {
    expect(parseRunTarget(target.run(key))).toEqual(key);
    expect(parseWorkspaceTarget(workspaceTarget('acme'))).toBe('acme');
    for (const gate of ['approve', `supervise-${'x'.repeat(32)}`]) {
      expect(parseGateTarget(target.gate(key, gate))).toEqual({ ...key, gate });
      expect(parseDecisionTarget(target.decision(key, gate))).toEqual({ ...key, gate });
      expect(parseGateTarget(target.timer(key, gate), 'timer')).toEqual({ ...key, gate });
    }
  });

  it('of another kind gives nothing', () => {
    const parsers = [parseRunTarget, parseGateTarget, parseDecisionTarget, parseWorkspaceTarget];
    const found = SAMPLES.map(({ target: at }) => parsers.filter((parse) => parse(at)).length);

    expect(found).toEqual(
      SAMPLES.map(({ kind }) =>
        [runKind, gateKind, decisionKind, workspaceKind].some(({ v }) => v === kind.v) ? 1 : 0,
      ),
    );

    for (const strange of ['', 'run', 'run#a', 'run#a#b', 'run#a#b#', 'run#a#b#c.d', 'gate#a#b#c'])
      expect(parsers.filter((parse) => parse(strange))).toEqual([]);
  });

  it('is apart for every kind and every name of a list', () => {
    const keys = SAMPLES.map(({ target: at }) => at).concat(
      list.runs('payment', 'acme'),
      list.gates('acme'),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe.each(ENGINES)('a run on the %s engine, one of whose documents is malformed', (engine) => {
  const flow = paymentFlow();
  const keyOf = (run: string) => ({ automation: flow.name, workspace: WORKBENCH_WORKSPACE, run });

  it.each<[string, (run: string) => string]>([
    ['its internal fields', (run) => target.fields(keyOf(run), 'internal')],
    ['its sealed fields', (run) => target.fields(keyOf(run), 'financial')],
    ['its gate', (run) => target.gate(keyOf(run), 'approve')],
    ['its decision', (run) => target.decision(keyOf(run), 'approve')],
  ])('is parked and says so, and pays nothing: %s', async (_, damaged) => {
    let bad: string | undefined;

    const between = (ledger: Ledger): Ledger => ({
      identity: ledger.identity,
      commit: (commit) => ledger.commit(commit),
      query: (query) => ledger.query(query),
      send: (messages) => ledger.send(messages),
      read: async (targets) =>
        (await ledger.read(targets)).map(
          (document) =>
            document && (document.target === bad ? { ...document, body: {} } : document),
        ),
    });

    const bank = idempotent();
    const bench = await workbench(flow, { engine, vendors: bank, between });
    await bench.seedRollout('exceptions');

    const { run } = await bench.start({
      idempotencyKey: 'one',
      input: input({ payeeId: 'payee-1', amount: 5_000 }),
    });
    await settle(bench);

    for (const { key: of, gate, seen } of await bench.openGates()) {
      const decision = { key: of, gate: gate.gate, seen, reason: 'as agreed' };
      await bench.decide(APPROVER, { ...decision, outcome: 'approved' });
    }

    bad = damaged(run);
    await settle(bench);
    bad = undefined;

    expect(await runDocument(bench, flow, run)).toMatchObject({
      status: 'parked',
      parked: {
        code: 'ledger.malformed',
        reason: expect.stringContaining(`document ${damaged(run)} is not of the form`),
      },
    });

    expect(bank.effects).toEqual([]);
    expect(await trailProblems(bench)).toEqual([]);
  });
});
