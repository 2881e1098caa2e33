import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Entry, EntryDraft } from '#shared/audit/index.ts';
import { type DecisionBody, participantChange } from '#shared/engine/index.ts';
import { canonicalJson, type Json, parseJson } from '#shared/kernel/index.ts';
import { temporaryFolder } from '../../support/bench.ts';
import { forgeEntry } from '../../support/forge-entry.ts';
import type { HttpBench } from '../../support/http.ts';
import { decideAt, papers, SECRET_IBAN, startPaper } from './papers.ts';

type Trail = {
  readonly entries: readonly {
    readonly entry: Entry;
    readonly sha256: string;
    readonly doubtful?: true;
  }[];
  readonly unreadable: number;
  readonly cursor?: string;
};

describe('the trail of a run', () => {
  it('tells who did what, with a hash that anybody can compute again', async () => {
    const bench = await papers();
    const run = await startPaper(bench);

    await decideAt(bench, 'approver', `${run}.review-ok`);
    await bench.settle();

    const answer = await bench.ask(`/runs/${run}/trail`, { as: 'auditor' });
    const { entries, unreadable } = answer.json<Trail>();

    expect(entries.map(({ entry }) => `${entry.actor.id} ${entry.action}`)).toEqual([
      'clerk run.start',
      'clerk run.request',
      'approver gate.read',
      'approver gate.decide',
      expect.stringMatching(/intake gate\.pass$/),
      expect.stringMatching(/read step\.done$/),
    ]);

    expect(unreadable).toBe(0);
    expect(entries.filter(({ doubtful }) => doubtful)).toEqual([]);

    for (const { entry, sha256 } of entries)
      expect(
        createHash('sha256')
          .update(canonicalJson(entry as unknown as Json))
          .digest('base64url'),
      ).toBe(sha256);

    expect(answer.text).not.toContain(SECRET_IBAN);
  });

  it('holds the readings of it, too', async () => {
    const bench = await papers();
    const run = await startPaper(bench);
    await bench.ask(`/runs/${run}/trail`, { as: 'approver' });
    await bench.ask(`/runs/${run}/trail`, { as: 'clerk' });

    const { entries } = (await bench.ask(`/runs/${run}/trail`, { as: 'auditor' })).json<Trail>();

    expect(
      entries.slice(2).map(({ entry }) => `${entry.actor.id} ${entry.action} ${entry.outcome}`),
    ).toEqual(['approver trail.read ok', 'clerk trail.read denied']);
  });

  it('is for those who may read entries; who may not even see the run finds nothing', async () => {
    const bench = await papers();
    const run = await startPaper(bench);
    const refused = async (as: string) => {
      const answer = await bench.ask(`/runs/${run}/trail`, { as });
      return [as, answer.status, answer.json().code];
    };

    for (const as of ['clerk', 'client', 'admin', 'operator'])
      expect(await refused(as)).toEqual([as, 403, 'access.denied']);

    for (const as of ['vendor', 'stranger'])
      expect(await refused(as)).toEqual([as, 404, 'request.not-found']);
  });

  it('takes the right to read internal fields: entries hold them', async () => {
    const role = {
      v: 'role/1',
      name: 'watcher',
      says: 'sees entries and no fields',
      grants: [{ permissions: ['run.read', 'trail.read'] }],
    } as const;

    const bench = await papers({
      roles: [role],
      people: [
        { id: 'clerk', roles: ['Team Member'], workspaces: ['acme'] },
        { id: 'watcher', roles: ['watcher'], workspaces: ['acme'] },
      ],
    });

    const run = await startPaper(bench);
    const answer = await bench.ask(`/runs/${run}/trail`, { as: 'watcher' });

    expect([answer.status, answer.json().detail]).toEqual([
      403,
      expect.stringContaining('field.read'),
    ]);
  });

  it('is given in pages when it is long, each entry once', async () => {
    const bench = await papers();
    const run = await startPaper(bench);
    const ledger = bench.platform.store.ledger({
      name: 'contract-review.read',
      bundle: '0'.repeat(64),
    });

    for (let i = 0; i < 1_100; i += 50) await ledger.commit({ entries: many(run, i, 50) });

    const counts: number[] = [];
    const seen = new Set<string>();
    let query = '';

    do {
      const answer = await bench.ask(`/runs/${run}/trail${query}`, { as: 'auditor' });
      const { entries, cursor } = answer.json<Trail>();
      counts.push(entries.length);
      for (const { entry } of entries) seen.add(`${entry.writer} ${entry.n}`);

      query = cursor === undefined ? '' : `?cursor=${cursor}`;
      if (cursor !== undefined) expect(answer.headers.link).toBe(`<?cursor=${cursor}>; rel="next"`);
    } while (query !== '');

    // with the start, who asked for it, and the two readings before
    expect(counts).toEqual([500, 500, 104]);
    expect(seen.size).toBe(1_104);

    const made = await bench.ask(`/runs/${run}/trail?cursor=AAAA`, { as: 'auditor' });

    expect([made.status, made.json().code]).toEqual([400, 'request.cursor']);
  });

  it('passes over an entry of another workspace that names this run, and counts it', async () => {
    const bench = await papers();
    const run = await startPaper(bench);
    const [, , id = ''] = run.split('.');
    const ledger = bench.platform.store.ledger({
      name: 'contract-review.read',
      bundle: '0'.repeat(64),
    });

    await ledger.commit({
      entries: [
        {
          workspace: 'globex',
          run: id,
          actor: { kind: 'service', id: 'contract-review.read' },
          action: 'step.done',
          outcome: 'ok',
        },
      ],
    });

    const { entries } = (await bench.ask(`/runs/${run}/trail`, { as: 'auditor' })).json<Trail>();

    expect(entries.map(({ entry }) => entry.workspace)).toEqual(['acme', 'acme']);
    expect(bench.platform.metrics.snapshot().totals.IndexMismatches?.sum).toBe(1);
  });

  it('passes over what functions of another automation say of this run, and counts it', async () => {
    const folder = temporaryFolder();
    const bench = await papers({ folder });
    const run = await startPaper(bench);
    const memo = bench.platform.store.ledger({ name: 'memo.read', bundle: '0'.repeat(64) });

    await memo.commit({ entries: [approval(run)] });

    forgeEntry(
      folder,
      { writer: 'memo.read#x', n: 1, bytes: Buffer.from('garbage') },
      idOf(run),
      Date.now(),
    );

    const { entries, unreadable } = (
      await bench.ask(`/runs/${run}/trail`, { as: 'auditor' })
    ).json<Trail>();

    expect(entries.map(({ entry }) => entry.action)).toEqual(['run.start', 'run.request']);
    expect(unreadable).toBe(0);
    expect(bench.platform.metrics.snapshot().totals.IndexMismatches?.sum).toBe(2);
  });

  it('marks what a step says that others do: a decision, a start, a reading, the work of another step, something by somebody', async () => {
    const bench = await papers();
    const run = await startPaper(bench);

    await decideAt(bench, 'approver', `${run}.review-ok`);

    const step = bench.platform.store.ledger({
      name: 'contract-review.read',
      bundle: '0'.repeat(64),
    });

    const user = { kind: 'user', id: 'approver', auth: 'oidc' } as const;
    const service = { kind: 'service', id: 'contract-review.read' } as const;
    const of = (more: Partial<EntryDraft>): EntryDraft => ({ ...approval(run), ...more });

    await step.commit({
      entries: [
        of({}),
        of({ action: 'gate.decide', actor: service }),
        of({ action: 'run.start' }),
        of({ action: 'run.read' }),
        of({ action: 'gate.pass', actor: service }),
        of({ action: 'step.done', actor: service, step: 'book' }),
        of({ action: 'step.done', actor: service }),
        of({ action: 'step.done', actor: user, step: 'read' }),
        of({ action: 'step.done', actor: { kind: 'service', id: 'gates' }, step: 'read' }),
        // this it may say, but it changed nothing
        of({ action: 'step.done', actor: service, step: 'read' }),
      ],
    });

    // and a function of the platform, what another one does
    const trail = bench.platform.store.ledger({ name: 'trail', bundle: '0'.repeat(64) });

    await trail.commit({ entries: [of({})] });

    const { entries } = (await bench.ask(`/runs/${run}/trail`, { as: 'auditor' })).json<Trail>();
    const shown = entries.map(
      ({ entry, doubtful }) =>
        `${entry.writer.split('#')[0]} ${entry.action}${doubtful ? ' doubtful' : ''}`,
    );

    expect(shown).toEqual([
      'contract-review.intake run.start',
      'runs run.request',
      'gates gate.read',
      'gates gate.decide',
      ...[
        'gate.decide',
        'gate.decide',
        'run.start',
        'run.read',
        'gate.pass',
        ...Array(5).fill('step.done'),
      ].map((action) => `contract-review.read ${action} doubtful`),
      'trail gate.decide doubtful',
    ]);

    const { text } = await bench.ask(`/runs/${run}/trail`, {
      as: 'auditor',
      headers: { accept: 'text/csv' },
    });

    expect(text.split('\r\n').filter((row) => row.endsWith(',yes'))).toHaveLength(11);
  });

  it('marks a decision that nobody made, whoever tells of it, and what acts on one', async () => {
    const folder = temporaryFolder();
    const bench = await papers({ folder });
    const [run, other] = [await startPaper(bench), await startPaper(bench, { key: 'key-2' })];

    await decideAt(bench, 'approver', `${other}.review-ok`);

    const decided = (await bench.entries(({ action }) => action === 'gate.decide'))[0] as Entry;
    const of = (id: string) => `decision#contract-review#acme#${id}.review-ok`;
    const gates = bench.platform.store.ledger({ name: 'gates', bundle: '0'.repeat(64) });
    const intake = bench.platform.store.ledger({
      name: 'contract-review.intake',
      bundle: '0'.repeat(64),
    });

    const service = { kind: 'service', id: 'contract-review.intake' } as const;
    const told = {
      ...approval(run),
      targets: [{ kind: 'gate', id: `contract-review.${idOf(run)}.review-ok`, rev: 1 }],
    };

    await gates.commit({
      entries: [{ ...told, why: { code: 'gate.approved', reason: 'as agreed' } }],
    });

    for (const decision of [of(idOf(run)), of(idOf(other)), 'decision#memo#acme#x.y', '#'])
      await intake.commit({
        entries: [
          {
            ...approval(run),
            actor: service,
            action: 'gate.pass',
            outcome: 'failed',
            why: { decisions: [decision] },
          },
        ],
      });

    // the words of a decision that was made, about this run, and about its own in a place of its
    // own
    const again = (n: number, over: Partial<Entry>) =>
      forgeEntry(
        folder,
        {
          writer: 'gates#x',
          n,
          bytes: Buffer.from(
            canonicalJson({ ...decided, writer: 'gates#x', n, ...over } as unknown as Json),
          ),
        },
        over.run ?? decided.run ?? '',
        decided.time,
      );

    again(1, { run: idOf(run) });
    again(2, { actor: { kind: 'user', id: 'both', auth: 'oidc' } });
    again(3, { why: { ...decided.why, reason: 'something else' } });

    const doubts = async (of: string) =>
      (await bench.ask(`/runs/${of}/trail`, { as: 'auditor' }))
        .json<Trail>()
        .entries.flatMap(({ entry, doubtful }) =>
          ['gate.decide', 'gate.pass'].includes(entry.action) ? [doubtful ?? false] : [],
        );

    expect(await doubts(run)).toEqual(Array(6).fill(true));
    expect((await doubts(other)).sort()).toEqual([false, true, true]);
  });

  it.each([
    ['approver', {}, undefined],
    ['clerk', {}, true], // asked for the run
    ['clerk', { shown: undefined }, true],
    ['both', {}, true], // takes no part in it
    ['approver', { role: 'Auditor' }, true],
  ])(
    'marks a decision that is there, of somebody who is no approver of the run: %s, %j',
    async (by, over, doubtful) => {
      const bench = await papers();
      const [run, other] = [await startPaper(bench), await startPaper(bench, { key: 'key-2' })];

      await decideAt(bench, 'approver', `${other}.review-ok`);

      const gates = bench.platform.store.ledger({ name: 'gates', bundle: '0'.repeat(64) });
      const of = (kind: string, id: string) => `${kind}#contract-review#acme#${idOf(id)}.review-ok`;
      const [gate, made] = await gates.read([of('gate', run), of('decision', other)]);
      if (gate === undefined || made === undefined) throw new Error('no gate, or no decision');

      const body = {
        ...(made.body as unknown as DecisionBody),
        run: idOf(run),
        by,
        seen: gate.commitment,
        ...over,
      };

      const actor = { kind: 'user', id: by } as const;
      const { reason, role, seen, outcome, shown = [], at } = body;
      const key = { automation: 'contract-review', workspace: 'acme', run: idOf(run) };
      const parts =
        by === 'approver' ? [participantChange(key, { person: by, as: 'approver', at })] : [];
      const diff = Object.entries({ outcome, role, seen }).map(([field, after]) => ({
        field,
        after,
      }));

      await gates.commit({
        changes: [
          { op: 'insert', target: of('decision', run), body: parseJson(JSON.stringify(body)) },
          ...parts,
        ],
        entries: [
          {
            ...approval(run),
            actor,
            targets: [
              { kind: 'gate', id: `contract-review.${idOf(run)}.review-ok`, rev: gate.rev },
            ],
            why: { code: 'gate.approved', reason },
            ...(shown.length === 0 ? {} : { reads: [...shown] }),
            diffs: { [of('decision', run)]: diff },
          },
        ],
      });

      const { entries } = (await bench.ask(`/runs/${run}/trail`, { as: 'auditor' })).json<Trail>();

      expect(
        entries.filter(({ entry }) => entry.action === 'gate.decide').map((item) => item.doubtful),
      ).toEqual([doubtful]);
    },
  );

  it('counts what is no entry, or not the one of its place, and shows everything else', async () => {
    const folder = temporaryFolder();
    const bench = await papers({ folder });
    const run = await startPaper(bench);
    const [good] = await bench.entries(({ action }) => action === 'run.start');
    if (good === undefined) throw new Error('the run was started');

    const forged = (over: object) =>
      Buffer.from(
        canonicalJson({ ...good, writer: 'contract-review.read#x', ...over } as unknown as Json),
      );

    const bad = [
      ...['garbage', 'null', '', '[]', '{"time":1}'].map((text) => Buffer.from(text)),
      Buffer.from([0xff, 0xfe]),
      forged({ n: 99 }),
      forged({ n: 8, writer: good.writer }),
      forged({ n: 9, time: 8_640_000_000_000_001 }), // no date
      forged({ n: 10, reads: Array.from({ length: 5_000 }, (_, i) => `field ${i}`) }),
    ];

    const place = (i: number) => ({ writer: 'contract-review.read#x', n: i + 1 });

    for (const [i, bytes] of bad.entries())
      forgeEntry(folder, { ...place(i), bytes }, idOf(run), i);

    forgeEntry(
      folder,
      { ...place(bad.length), bytes: forged({ n: bad.length + 1 }) },
      idOf(run),
      0,
    ); // well formed

    expect(
      (await bench.ask(`/runs/${run}/trail`, { as: 'auditor', headers: { accept: 'text/csv' } }))
        .status,
    ).toBe(200);

    const { entries, unreadable } = (
      await bench.ask(`/runs/${run}/trail`, { as: 'auditor' })
    ).json<Trail>();

    expect(
      entries
        .slice(0, 3)
        .map(({ entry, doubtful }) => [entry.action, entry.writer.split('#')[0], doubtful]),
    ).toEqual([
      ['run.start', 'contract-review.read', true],
      ['run.start', 'contract-review.intake', undefined],
      ['run.request', 'runs', undefined],
    ]);

    expect(unreadable).toBe(bad.length);
    expect(bench.platform.metrics.snapshot().totals.DocumentsUnreadable?.sum).toBe(2 * bad.length);
  });

  it('can be read to its end among any number of entries of others, at a cost of the page', async () => {
    const bench = await papers();
    const run = await startPaper(bench);
    const memo = bench.platform.store.ledger({ name: 'memo.read', bundle: '0'.repeat(64) });

    for (let i = 0; i < 20; i++) await memo.commit({ entries: times(50, () => approval(run)) });

    await bench.ask(`/runs/${run}/trail`, { as: 'approver' });

    const pages = await pagesOf(bench, run);

    expect(pages.map(({ entries }) => entries.map(({ entry }) => entry.action))).toEqual([
      ['run.start', 'run.request'],
      [],
      ['trail.read', 'trail.read', 'trail.read'],
    ]);
  });

  it('has no more bytes in a page than an answer may have', async () => {
    const bench = await papers();
    const run = await startPaper(bench);
    const step = bench.platform.store.ledger({
      name: 'contract-review.read',
      bundle: '0'.repeat(64),
    });

    const reads = Array.from({ length: 120 }, (_, i) => `${i} ${'x'.repeat(240)}`);

    for (let i = 0; i < 10; i++)
      await step.commit({ entries: times(10, () => ({ ...approval(run), reads })) });

    const pages = await pagesOf(bench, run);
    const sizes = pages.map(({ entries }) =>
      entries.reduce((sum, { entry }) => sum + canonicalJson(entry as unknown as Json).length, 0),
    );

    expect(
      pages.flatMap(({ entries }) => entries).filter(({ entry }) => entry.reads !== undefined),
    ).toHaveLength(100);
    expect(pages.length).toBe(2);
    for (const size of sizes) expect(size).toBeLessThanOrEqual(2 * 1_024 * 1_024);
  });

  it('holds no more of entries that are too large for any ledger than of others', async () => {
    const folder = temporaryFolder();
    const bench = await papers({ folder });
    const run = await startPaper(bench);

    for (let n = 1; n <= 120; n++)
      forgeEntry(
        folder,
        { writer: 'contract-review.read#x', n, bytes: Buffer.alloc(100_000, 0x20) },
        idOf(run),
        n,
      );

    const pages = (await pagesOf(bench, run)) as (Trail & { readonly unreadable: number })[];

    expect(pages.map(({ unreadable }) => unreadable).reduce((sum, n) => sum + n)).toBe(120);
    // 2 MiB, as if each had the most that one may have
    for (const { unreadable } of pages) expect(unreadable).toBeLessThanOrEqual(64);
  });

  it('goes on with a cursor for whom it was given to, and of the run it was given for', async () => {
    const bench = await papers();
    const [run, other] = [await startPaper(bench), await startPaper(bench, { key: 'key-2' })];
    const step = bench.platform.store.ledger({
      name: 'contract-review.read',
      bundle: '0'.repeat(64),
    });

    for (let i = 0; i < 10; i++) await step.commit({ entries: times(51, () => approval(run)) });

    const { cursor } = (await bench.ask(`/runs/${run}/trail`, { as: 'auditor' })).json<Trail>();
    const statusOf = async (as: string, of: string) =>
      (await bench.ask(`/runs/${of}/trail?cursor=${cursor}`, { as })).status;

    expect([
      await statusOf('auditor', run),
      await statusOf('approver', run),
      await statusOf('auditor', other),
    ]).toEqual([200, 400, 400]);
  });

  it('is a table on request, in which nothing that people wrote is calculated', async () => {
    const bench = await papers();
    const run = await startPaper(bench);

    await decideAt(bench, 'approver', `${run}.review-ok`, {
      reason: '=HYPERLINK("http://attacker.example","ok")',
    });

    const { text } = await bench.ask(`/runs/${run}/trail`, {
      as: 'auditor',
      headers: { accept: 'text/csv' },
    });

    const [head, ...rows] = text.trim().split('\r\n');

    expect(head).toBe(
      'time,action,outcome,actor,step,code,reason,policies,targets,writer,n,doubtful',
    );
    expect(rows.every((row) => row.endsWith(','))).toBe(true);

    const decided = rows.find((row) => row.includes('gate.decide'));

    expect(decided).toContain(
      `gate.decide,ok,approver,,gate.approved,"'=HYPERLINK(""http://attacker.example"",""ok"")",compliance-officer.decide,gate `,
    );
  });
});

const idOf = (run: string) => run.split('.')[2] ?? '';

/** What the function that decides would say of an approval. */
const approval = (run: string): EntryDraft => ({
  workspace: 'acme',
  run: idOf(run),
  actor: { kind: 'user', id: 'approver', auth: 'oidc' },
  action: 'gate.decide',
  outcome: 'ok',
});

async function pagesOf(bench: HttpBench, run: string): Promise<Trail[]> {
  const pages: Trail[] = [];
  for (let cursor: string | undefined; pages.length === 0 || cursor !== undefined; ) {
    const page = (
      await bench.ask(`/runs/${run}/trail${cursor === undefined ? '' : `?cursor=${cursor}`}`, {
        as: 'auditor',
      })
    ).json<Trail>();

    pages.push(page);
    cursor = page.cursor;
  }

  return pages;
}

function many(run: string, from: number, count: number) {
  const entry = (i: number) => ({
    workspace: 'acme',
    run: run.split('.')[2] ?? '',
    actor: { kind: 'service', id: 'contract-review.read' } as const,
    action: 'step.done' as const,
    outcome: 'ok' as const,
    step: 'read',
    attempt: from + i,
  });
  return times(count, entry);
}

/** The drafts of one commit. */
function times(count: number, make: (i: number) => EntryDraft): [EntryDraft, ...EntryDraft[]] {
  return [make(0), ...Array.from({ length: count - 1 }, (_, i) => make(i + 1))];
}
