import { describe, expect, it } from 'vitest';
import type { FoundGate } from '#functions/http/gates/found-gate.ts';
import { gateView } from '#functions/http/gates/gate-view.ts';
import type { RoleBody } from '#shared/access/index.ts';
import { describeFlow } from '#shared/automation/index.ts';
import { DAY, ManualClock } from '#shared/kernel/index.ts';
import { orderFlow } from '../../support/order-flow.ts';
import {
  BOOKKEEPER,
  decideAt,
  PAPER_READER,
  PEOPLE,
  papers,
  type ShownGate,
  startPaper,
} from './papers.ts';

/** Sees gates, and of what they show public fields alone. */
const PUBLIC_READER: RoleBody = {
  v: 'role/1',
  name: 'public-reader',
  says: 'sees gates and public fields',
  grants: [
    { permissions: ['gate.list', 'gate.read'] },
    { permissions: ['field.read'], classes: ['public'] },
  ],
};
const READER = { id: 'reader', roles: ['public-reader'], workspaces: ['acme'] } as const;

type Gates = { readonly gates: readonly ShownGate[]; readonly cursor?: string };

describe('the list of gates', () => {
  it('gives those that wait, oldest first, each once over all pages, and none that was decided', async () => {
    const bench = await papers();
    const runs: string[] = [];

    for (let i = 0; i < 6; i++) runs.push(await startPaper(bench, { key: `k${i}` }));

    for (const run of [runs[0], runs[3]])
      expect((await decideAt(bench, 'approver', `${run}.review-ok`)).status).toBe(201);

    const listed: string[] = [];
    let cursor: string | undefined;

    do {
      const query = cursor === undefined ? '' : `&cursor=${cursor}`;
      const page = (
        await bench.ask(`/gates?workspace=acme&limit=2${query}`, { as: 'clerk' })
      ).json<Gates>();

      listed.push(...page.gates.map(({ id }) => id));
      expect(page.gates.length).toBeLessThanOrEqual(2);
      cursor = page.cursor;
    } while (cursor !== undefined);

    expect(listed).toEqual([runs[1], runs[2], runs[4], runs[5]].map((run) => `${run}.review-ok`));
  });

  it('says that it goes on where many gates in a row were decided, and leads past them', async () => {
    const bench = await papers();
    const runs: string[] = [];

    for (let i = 0; i < 8; i++) runs.push(await startPaper(bench, { key: `k${i}` }));

    for (const run of runs.slice(0, 7)) await decideAt(bench, 'approver', `${run}.review-ok`);

    const first = (await bench.ask('/gates?workspace=acme&limit=1', { as: 'clerk' })).json<Gates>();

    expect(first).toEqual({ gates: [], cursor: expect.any(String) });

    const second = (
      await bench.ask(`/gates?workspace=acme&limit=1&cursor=${first.cursor}`, { as: 'clerk' })
    ).json<Gates>();

    expect(second.gates.map(({ id }) => id)).toEqual([`${runs[7]}.review-ok`]);
  });

  it('shows each person the gates that they may see', async () => {
    const bench = await papers();
    const [review, client] = [
      await startPaper(bench, { key: 'a' }),
      await startPaper(bench, { key: 'b', waitsAt: 'client-ok' }),
    ];

    const seenBy = async (as: string) =>
      (await bench.ask('/gates?workspace=acme', { as })).json<Gates>().gates?.map(({ id }) => id);
    const both = [`${review}.review-ok`, `${client}.client-ok`];

    for (const as of ['clerk', 'approver', 'auditor', 'keeper'])
      expect(await seenBy(as)).toEqual(both);

    expect(await seenBy('client')).toEqual([`${client}.client-ok`]);

    for (const as of ['admin', 'operator', 'vendor', 'stranger'])
      expect((await bench.ask('/gates?workspace=acme', { as })).status).toBe(404);
  });
});

describe('a gate', () => {
  it('shows what it shows and why it waits to whom may read internal fields', async () => {
    const bench = await papers();
    const run = await startPaper(bench);
    const gate = (await bench.ask(`/gates/${run}.review-ok`, { as: 'approver' })).json<ShownGate>();

    expect(gate).toMatchObject({
      id: `${run}.review-ok`,
      run,
      gate: 'review-ok',
      workspace: 'acme',
      automation: 'contract-review',
      stage: 'review',
      decidedBy: 'Compliance Officer',
      requester: 'clerk',
      state: 'open',
      shown: { title: 'A lease', note: 'internal note' },
      hits: [
        {
          rule: 'waits-at-review-ok',
          says: 'A lease waits at review-ok: internal note',
          facts: { title: 'A lease', name: 'review-ok' },
        },
      ],
    });

    expect(gate.seen).toMatch(/^[\w-]{43}$/);
  });

  it('gives nobody a right to read: who reads public fields sees those, the sentence told without the others, and how much that is', async () => {
    const bench = await papers({ roles: [BOOKKEEPER, PUBLIC_READER], people: [...PEOPLE, READER] });
    const run = await startPaper(bench);
    const answer = await bench.ask(`/gates/${run}.review-ok`, { as: 'reader' });
    const { hits, shown, withheld } = answer.json<ShownGate>();

    expect(shown).toEqual({ title: 'A lease' });
    expect(hits).toEqual([
      { rule: 'waits-at-review-ok', says: 'A lease waits at [internal]: [internal]' },
    ]);
    expect(withheld).toBe(2);
    expect(answer.text).not.toContain('internal note');

    const list = await bench.ask('/gates?workspace=acme', { as: 'reader' });

    expect(list.text).not.toContain('internal note');
  });

  it('leaves public fields out, too, of the sentence that it tells somebody who may read none', async () => {
    const role = {
      v: 'role/1',
      name: 'watcher',
      says: 'sees that there are gates',
      grants: [{ permissions: ['gate.list', 'gate.read'] }],
    } as const;

    const people = [
      { id: 'clerk', roles: ['Team Member'], workspaces: ['acme'] },
      { id: 'watcher', roles: ['watcher'], workspaces: ['acme'] },
    ] as const;

    const bench = await papers({ roles: [role], people });
    const run = await startPaper(bench);
    const gate = await bench.ask(`/gates/${run}.review-ok`, { as: 'watcher' });
    const { hits, shown } = gate.json<ShownGate>();

    expect([hits, shown]).toEqual([
      [{ rule: 'waits-at-review-ok', says: '[public] waits at [internal]: [internal]' }],
      {},
    ]);

    const list = await bench.ask('/gates?workspace=acme', { as: 'watcher' });

    expect([list.status, list.text.includes('A lease')]).toEqual([200, false]);
  });

  it('that the engine opened tells why by the rules of other gates and its own, and by them alone to who reads public fields', () => {
    const short = {
      rule: 'exceeds-what-is-left',
      says: 'the run would draw more than is left of a record that it reserved',
    };

    const usedUp = {
      rule: 'used-up',
      says: 'the order has 0 left',
      facts: { fits: false, left: 0 },
    };

    const found: FoundGate = {
      key: { workspace: 'acme', automation: 'order-payment', run: 'r', gate: 'supervise-pay' },
      gate: {
        decidedBy: 'Compliance Officer',
        requester: 'clerk',
        openedAt: 0,
        expiresAt: DAY,
        hits: [
          usedUp,
          { ...short, facts: {} },
          { rule: 'forged', says: 'the account is NL91', facts: {} },
        ],
        shown: {},
      },
      rev: 1,
      document: { target: 'gate', commitment: 'c' },
      run: undefined,
      decision: undefined,
      attributes: {},
    };

    const seenWith = (classes: ('public' | 'internal')[]) =>
      gateView(found, { classes, automation: describeFlow(orderFlow()), now: 0 }, 'reader');

    expect(seenWith(['public', 'internal']).hits).toEqual(found.gate.hits);
    expect(seenWith(['public']).hits).toEqual([
      { rule: 'used-up', says: 'the order has [internal] left' },
      short,
      { rule: 'forged', says: 'forged' },
    ]);
  });

  it('tells the reason of a decision to who gave it and to whom may read internal fields, and to nobody else', async () => {
    const bench = await papers();
    const gate = `${await startPaper(bench, { waitsAt: 'client-ok' })}.client-ok`;

    expect(
      (await decideAt(bench, 'client', gate, { reason: 'as we agreed by telephone' })).status,
    ).toBe(201);

    const seenBy = async (as: string) =>
      (await bench.ask(`/gates/${gate}`, { as })).json<{ decision: object }>().decision;

    expect(await seenBy('client')).toMatchObject({
      by: 'client',
      reason: 'as we agreed by telephone',
    });

    expect(await seenBy('auditor')).toMatchObject({
      by: 'client',
      reason: 'as we agreed by telephone',
    });

    const other = await seenBy('other-client');

    expect([other, 'reason' in other]).toMatchObject([
      { by: 'client', outcome: 'approved' },
      false,
    ]);
  });
});

describe('a decision', () => {
  it('is recorded once, with who, why, the policies that let them and the request', async () => {
    const bench = await papers();
    const run = await startPaper(bench);
    const gate = `${run}.review-ok`;
    const answer = await decideAt(bench, 'approver', gate);

    expect([answer.status, answer.json()]).toMatchObject([
      201,
      {
        outcome: 'approved',
        by: 'approver',
        role: 'Compliance Officer',
        reason: 'it is as agreed',
      },
    ]);

    await bench.settle();

    expect((await bench.ask(`/gates/${gate}`, { as: 'approver' })).json<ShownGate>()).toMatchObject(
      {
        state: 'approved',
        decision: answer.json(),
      },
    );

    expect((await bench.ask(`/runs/${run}`, { as: 'approver' })).json()).toMatchObject({
      status: 'done',
    });

    const decided = await bench.entries(({ action }) => action === 'gate.decide');

    expect(decided).toMatchObject([
      {
        outcome: 'ok',
        workspace: 'acme',
        actor: { id: 'approver', auth: 'oidc' },
        trace: answer.headers['x-request-id'],
        why: {
          code: 'gate.approved',
          reason: 'it is as agreed',
          policies: ['compliance-officer.decide'],
        },
      },
    ]);
  });

  it('sent again by the same person is answered as done; another one is refused', async () => {
    const bench = await papers();
    const gate = `${await startPaper(bench)}.review-ok`;
    const { seen } = (await bench.ask(`/gates/${gate}`, { as: 'approver' })).json<ShownGate>();
    const first = await decideAt(bench, 'approver', gate);
    const again = await decideAt(bench, 'approver', gate, { seen });

    expect([again.status, again.text]).toEqual([200, first.text]);

    const others = [
      await decideAt(bench, 'approver', gate, { outcome: 'rejected' }),
      await decideAt(bench, 'approver', gate, { reason: 'for another reason' }),
      await decideAt(bench, 'both', gate),
    ];

    expect(others.map((answer) => [answer.status, answer.json().code])).toEqual(
      Array(3).fill([409, 'gate.decided']),
    );

    const entries = await bench.entries(({ action }) => action === 'gate.decide');

    expect(entries.map(({ outcome }) => outcome)).toEqual(['ok', 'denied', 'denied', 'denied']);
  });

  it('is refused to who started the run, to who may see it and not decide, and not found by all others', async () => {
    const bench = await papers();
    const gate = `${await startPaper(bench, { as: 'both' })}.review-ok`;
    const codes = async (as: string) => {
      const answer = await decideAt(bench, as, gate);
      return [answer.status, answer.json().code];
    };

    expect(await codes('both')).toEqual([403, 'gate.requester']);

    for (const as of ['clerk', 'auditor', 'keeper'])
      expect([as, ...(await codes(as))]).toEqual([as, 403, 'access.denied']);

    for (const as of ['admin', 'operator', 'client', 'vendor', 'stranger'])
      expect([as, ...(await codes(as))]).toEqual([as, 404, 'request.not-found']);

    const entries = await bench.entries(({ action }) => action === 'gate.decide');

    expect(entries.map(({ outcome }) => outcome)).toEqual(Array(9).fill('denied'));

    const own = entries.find(({ actor }) => actor.id === 'both');

    expect(own?.why?.policies).toEqual(['forbidden.decide-own']);
  });

  it('is made by who holds the custom role that the gate asks for, and reads what it shows by whichever role', async () => {
    const reading = {
      id: 'reading-keeper',
      roles: ['bookkeeper', 'paper-reader'],
      workspaces: ['acme'],
    } as const;

    const bench = await papers({ roles: [BOOKKEEPER, PAPER_READER], people: [...PEOPLE, reading] });
    const gate = `${await startPaper(bench, { waitsAt: 'book-ok' })}.book-ok`;

    expect((await decideAt(bench, 'approver', gate)).json().code).toBe('access.denied');
    expect((await decideAt(bench, 'keeper', gate)).json().code).toBe('gate.unreadable');

    const answer = await decideAt(bench, 'reading-keeper', gate);

    expect([answer.status, answer.json()]).toMatchObject([
      201,
      { role: 'bookkeeper', by: 'reading-keeper' },
    ]);
  });

  it('is refused when something else was shown, and when the gate has expired', async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 5, 9));
    const bench = await papers({ clock });
    const gate = `${await startPaper(bench)}.review-ok`;
    const stale = await decideAt(bench, 'approver', gate, { seen: 'x'.repeat(43) });

    expect([stale.status, stale.json().code]).toEqual([409, 'gate.stale']);
    clock.advance(DAY); // and with it the token of whoever had asked before
    expect((await bench.ask(`/gates/${gate}`, { as: 'both' })).json<ShownGate>().state).toBe(
      'expired',
    );
    expect((await bench.ask('/gates?workspace=acme', { as: 'both' })).text).toBe('{"gates":[]}');

    const late = await decideAt(bench, 'both', gate);

    expect([late.status, late.json().code]).toEqual([409, 'gate.expired']);
  });

  it('that is not of its form is refused, and leaves one entry', async () => {
    const bench = await papers();
    const gate = `${await startPaper(bench)}.review-ok`;

    const wrong = [
      [{ reason: '' }, 400],
      [{ reason: '   ' }, 422],
      [{ reason: 'x'.repeat(501) }, 400],
      [{ outcome: 'maybe' }, 400],
      [{ by: 'somebody else' }, 400],
    ] as const;

    for (const [over, status] of wrong)
      expect([over, (await decideAt(bench, 'approver', gate, over)).status]).toEqual([
        over,
        status,
      ]);

    const entries = await bench.entries(({ action }) => action === 'gate.decide');
    expect(entries.map(({ outcome }) => outcome)).toEqual(wrong.map(() => 'denied'));
  });
});
