import { describe, expect, it } from 'vitest';
import type { RoleBody } from '#shared/access/index.ts';
import { CLEAR_CLASSES, type ClearClass } from '#shared/kernel/index.ts';
import { decideAt, PEOPLE, papers, type ShownGate, startPaper, upload } from './papers.ts';

const OPERATOR = { kind: 'user', id: 'operator', auth: 'embedded', origin: 'local' } as const;

/** A role that decides at the gate of booking, and reads fields of these classes. */
const bookkeeper = (classes: readonly ClearClass[]): RoleBody => ({
  v: 'role/1',
  name: 'bookkeeper',
  says: 'decides about booking',
  grants: [
    { permissions: ['gate.read', 'gate.decide'] },
    ...(classes.length === 0 ? [] : [{ permissions: ['field.read' as const], classes }]),
  ],
});

const SUBSETS: readonly (readonly ClearClass[])[] = [[], ['public'], ['internal'], CLEAR_CLASSES];
const isAll = (classes: readonly ClearClass[]) => classes.length === CLEAR_CLASSES.length;

describe('a decision is bound to what the person was shown', () => {
  it('so it is taken when everything was shown and may still be read, and refused in words with any less, then or now', async () => {
    const bench = await papers({ roles: [bookkeeper([])] });
    const gate = `${await startPaper(bench, { waitsAt: 'book-ok' })}.book-ok`;
    const grant = (classes: readonly ClearClass[]) =>
      bench.platform.people.seedRoles([bookkeeper(classes)], OPERATOR);
    const texts = new Set<string>();

    for (const shown of SUBSETS) {
      for (const now of SUBSETS) {
        await grant(shown);

        const { seen } = (await bench.ask(`/gates/${gate}`, { as: 'keeper' })).json<ShownGate>();

        texts.add(seen);

        if (isAll(shown) && isAll(now)) continue;

        await grant(now);

        const answer = await decideAt(bench, 'keeper', gate, { seen });

        expect([shown, now, answer.status, answer.json().code]).toEqual([
          shown,
          now,
          ...(isAll(now) ? [409, 'gate.stale'] : [403, 'gate.unreadable']),
        ]);
      }
    }

    expect(texts.size).toBe(SUBSETS.length);
    expect((await decideAt(bench, 'keeper', gate)).status).toBe(201);
    await bench.settle();
    expect(await bench.trailProblems()).toEqual([]);
  });

  it('and tells how much of it a person may not read, but neither names nor values', async () => {
    const bench = await papers({ roles: [bookkeeper(['public'])] });
    const gate = `${await startPaper(bench, { waitsAt: 'book-ok' })}.book-ok`;
    const shown = (await bench.ask(`/gates/${gate}`, { as: 'keeper' })).json<ShownGate>();

    expect(shown).toMatchObject({ shown: { title: 'A lease' }, withheld: 2 });

    const answer = await decideAt(bench, 'keeper', gate);

    expect(answer.json<{ detail: string }>().detail).toBe(
      'the approver must be able to read everything that the gate shows, and your roles do not let you read 1 of its fields and 1 of the reasons why it waits; a person whose roles do can decide',
    );
    expect(answer.text).not.toMatch(/note/);
  });

  it('and its entry and document name the fields that were shown, also where it was refused', async () => {
    const bench = await papers({ roles: [bookkeeper(['public'])] });
    const run = await startPaper(bench, { waitsAt: 'book-ok' });
    const gate = `${run}.book-ok`;

    await decideAt(bench, 'keeper', gate);
    await bench.platform.people.seedRoles([bookkeeper(CLEAR_CLASSES)], OPERATOR);
    await decideAt(bench, 'keeper', gate);

    const entries = await bench.entries(
      ({ action, actor }) => action.startsWith('gate.') && actor.id === 'keeper',
    );

    expect(entries.map(({ action, outcome, reads }) => [action, outcome, reads])).toEqual([
      ['gate.read', 'ok', ['title']],
      ['gate.decide', 'denied', ['title']],
      ['gate.read', 'ok', ['note', 'title']],
      ['gate.decide', 'ok', ['note', 'title']],
    ]);

    const [, , id = ''] = run.split('.');
    const ledger = bench.platform.store.ledger({ name: 'test', bundle: '0'.repeat(64) });
    const [decision, opened] = await ledger.read([
      `decision#contract-review#acme#${id}.book-ok`,
      `gate#contract-review#acme#${id}.book-ok`,
    ]);

    expect(decision?.body).toMatchObject({ shown: ['note', 'title'], seen: opened?.commitment });
  });

  it('and not to what another person was shown of another gate', async () => {
    const bench = await papers();
    const [one, other] = [
      await startPaper(bench, { key: 'a' }),
      await startPaper(bench, { key: 'b' }),
    ];

    const { seen } = (
      await bench.ask(`/gates/${one}.review-ok`, { as: 'approver' })
    ).json<ShownGate>();

    expect((await decideAt(bench, 'approver', `${other}.review-ok`, { seen })).json().code).toBe(
      'gate.stale',
    );
  });
});

describe('who asked for a run', () => {
  /** A run that `clerk` asked for first, and its gate. */
  const waiting = async () => {
    const bench = await papers();
    const run = await startPaper(bench);
    return { bench, run, gate: `${run}.review-ok` };
  };

  it('decides at none of its gates, also when somebody else asked for it first', async () => {
    const { bench, run, gate } = await waiting();
    const again = await upload(bench, { as: 'both' });
    expect([again.status, again.json()]).toEqual([200, { id: run, created: false }]);
    const answer = await decideAt(bench, 'both', gate);
    expect([answer.status, answer.json().code]).toEqual([403, 'gate.requester']);
    expect((await decideAt(bench, 'approver', gate)).status).toBe(201);
  });

  it('does not either when they asked for it between looking and deciding', async () => {
    const { bench, gate } = await waiting();
    const { seen } = (await bench.ask(`/gates/${gate}`, { as: 'both' })).json<ShownGate>();
    await upload(bench, { as: 'both' });
    expect((await decideAt(bench, 'both', gate, { seen })).json().code).toBe('gate.requester');
  });

  it('is not somebody who decided: they are refused, and the decision stands', async () => {
    const { bench, gate } = await waiting();
    expect((await decideAt(bench, 'both', gate)).status).toBe(201);

    for (let i = 0; i < 2; i++) {
      const late = await upload(bench, { as: 'both' });
      expect([late.status, late.json().code]).toEqual([409, 'run.decided']);
    }

    const entries = await bench.entries(
      ({ action, actor }) => action === 'run.request' && actor.id === 'both',
    );

    expect(entries.map(({ outcome, why }) => [outcome, why?.code])).toEqual(
      Array(2).fill(['denied', 'run.decided']),
    );
  });

  it('never does both, whichever comes first when they do it at once', async () => {
    const ends = new Set<string>();
    const bench = await papers();

    for (let i = 0; i < 6; i++) {
      const gate = `${await startPaper(bench, { key: `k${i}` })}.review-ok`;
      const { seen } = (await bench.ask(`/gates/${gate}`, { as: 'both' })).json<ShownGate>();
      const body = { outcome: 'approved', reason: 'at once', seen };
      const [decided, asked] = await Promise.all([
        bench.ask(`/gates/${gate}/decision`, { as: 'both', method: 'POST', body }),
        upload(bench, { as: 'both', key: `k${i}` }),
      ]);

      ends.add(`${decided.status} ${asked.status}`);
      await bench.settle();
    }

    for (const end of ends) expect(['201 409', '403 200']).toContain(end);

    expect(await bench.trailProblems()).toEqual([]);
  });

  it('may ask as often as they like, each time with one entry', async () => {
    const { bench } = await waiting();
    for (let i = 0; i < 3; i++) expect((await upload(bench)).status).toBe(200);
    const entries = await bench.entries(
      ({ action, outcome }) => action === 'run.request' && outcome === 'ok',
    );
    expect(entries).toHaveLength(4);
  });

  it('is told by the API alone: a gate that names another requester lets nobody decide about their own run', async () => {
    const { bench, run, gate } = await waiting();

    await upload(bench, { as: 'both' });

    const [, , id = ''] = run.split('.');
    const ledger = bench.platform.store.ledger({
      name: 'contract-review.read',
      bundle: '0'.repeat(64),
    });

    const target = `gate#contract-review#acme#${id}.review-ok`;
    const [standing] = await ledger.read([target]);
    if (standing === undefined) throw new Error('no gate');

    await ledger.commit({
      changes: [
        {
          op: 'replace',
          target,
          at: standing,
          body: { ...(standing.body as object), requester: 'nobody' },
        },
      ],
      entries: [
        {
          workspace: 'acme',
          actor: { kind: 'service', id: 'contract-review.read' },
          action: 'step.done',
          outcome: 'ok',
        },
      ],
    });

    expect((await decideAt(bench, 'both', gate)).json().code).toBe('gate.requester');
  });
});

describe('who may see a gate and not decide there', () => {
  const detailOf = async (
    as: string,
    people: readonly (typeof PEOPLE)[number][] | undefined = undefined,
  ) => {
    const bench = await papers(people === undefined ? {} : { people });
    const gate = `${await startPaper(bench)}.review-ok`;
    return (await decideAt(bench, as, gate)).json<{ code: string; detail: string }>();
  };

  it('is told the role that the gate asks for, and the roles that they hold', async () => {
    expect(await detailOf('auditor')).toMatchObject({
      code: 'access.denied',
      detail:
        'you are not allowed to do this: the gate requires the role Compliance Officer; your roles: Auditor',
    });
  });

  it('is told what forbids it, and that it is their own run', async () => {
    const people = [
      ...PEOPLE,
      { id: 'mighty', roles: ['Compliance Officer', 'Admin'], workspaces: ['acme'] },
      { id: 'deployer', roles: ['Compliance Officer', 'Operator'], workspaces: ['acme'] },
    ] as const;

    const bench = await papers({ people });
    const gate = `${await startPaper(bench, { as: 'both' })}.review-ok`;
    const told = async (as: string) =>
      (await decideAt(bench, as, gate)).json<{ detail: string }>().detail;

    expect(await told('mighty')).toContain('A person with the role Admin never decides at a gate');
    expect(await told('deployer')).toContain(
      'A person with the role Operator never decides at a gate',
    );
    expect(await told('both')).toBe(
      'you started this run; the person who started a run cannot decide its gates',
    );
  });

  it('who may not see it is told nothing of it', async () => {
    const told = await detailOf('client');
    expect([told.code, JSON.stringify(told)]).toEqual([
      'request.not-found',
      expect.not.stringContaining('Compliance'),
    ]);
  });
});

describe('a reason', () => {
  it('that shows nothing to whoever reads it is refused like an empty one', async () => {
    const bench = await papers();
    const gate = `${await startPaper(bench)}.review-ok`;

    for (const reason of [
      ' ',
      '\u200b\u200b',
      '\u2060',
      '\u200e',
      '\0',
      '\u202e',
      '\u3164',
      '\u2800',
    ]) {
      const answer = await decideAt(bench, 'approver', gate, { reason });
      expect([reason, answer.status, answer.json().code]).toEqual([reason, 422, 'gate.reason']);
    }

    expect((await decideAt(bench, 'approver', gate, { reason: 'as agreed' })).status).toBe(201);
  });
});
