import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Entry } from '#shared/audit/index.ts';
import { canonicalJson, type Json } from '#shared/kernel/index.ts';
import { decideAt, papers, SECRET_IBAN, startPaper } from './papers.ts';

type Trail = {
  readonly entries: readonly { readonly entry: Entry; readonly sha256: string }[];
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
      'approver gate.read',
      'approver gate.decide',
      expect.stringMatching(/intake gate\.pass$/),
      expect.stringMatching(/read step\.done$/),
    ]);
    expect(unreadable).toBe(0);
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
    expect(entries.slice(1).map(({ entry }) => `${entry.actor.id} ${entry.action} ${entry.outcome}`)).toEqual([
      'approver trail.read ok',
      'clerk trail.read denied',
    ]);
  });

  it('is for those who may read entries; who may not even see the run finds nothing', async () => {
    const bench = await papers();
    const run = await startPaper(bench);
    const refused = async (as: string) => {
      const answer = await bench.ask(`/runs/${run}/trail`, { as });
      return [as, answer.status, answer.json().code];
    };
    for (const as of ['clerk', 'client', 'admin', 'operator']) expect(await refused(as)).toEqual([as, 403, 'access.denied']);
    for (const as of ['vendor', 'stranger']) expect(await refused(as)).toEqual([as, 404, 'request.not-found']);
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
    expect([answer.status, answer.json().detail]).toEqual([403, expect.stringContaining('field.read')]);
  });

  it('is given in pages when it is long, each entry once', async () => {
    const bench = await papers();
    const run = await startPaper(bench);
    const ledger = bench.platform.store.ledger({ name: 'contract-review.read', bundle: '0'.repeat(64) });
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
    expect(counts).toEqual([500, 500, 103]); // with the start and the two readings before
    expect(seen.size).toBe(1_103);
    const made = await bench.ask(`/runs/${run}/trail?cursor=AAAA`, { as: 'auditor' });
    expect([made.status, made.json().code]).toEqual([400, 'request.cursor']);
  });

  it('passes over an entry of another workspace that names this run, and counts it', async () => {
    const bench = await papers();
    const run = await startPaper(bench);
    const [, , id = ''] = run.split('.');
    const ledger = bench.platform.store.ledger({ name: 'memo.read', bundle: '0'.repeat(64) });
    await ledger.commit({
      entries: [{ workspace: 'globex', run: id, actor: { kind: 'service', id: 'memo.read' }, action: 'step.done', outcome: 'ok' }],
    });
    const { entries } = (await bench.ask(`/runs/${run}/trail`, { as: 'auditor' })).json<Trail>();
    expect(entries.map(({ entry }) => entry.workspace)).toEqual(['acme']);
    expect(bench.platform.metrics.snapshot().totals.IndexMismatches?.sum).toBe(1);
  });

  it('is a table on request, in which nothing that people wrote is calculated', async () => {
    const bench = await papers();
    const run = await startPaper(bench);
    await decideAt(bench, 'approver', `${run}.review-ok`, { reason: '=HYPERLINK("http://attacker.example","ok")' });
    const { text } = await bench.ask(`/runs/${run}/trail`, { as: 'auditor', headers: { accept: 'text/csv' } });
    const [head, ...rows] = text.trim().split('\r\n');
    expect(head).toBe('time,action,outcome,actor,step,reason,targets,writer,n');
    const decided = rows.find((row) => row.includes('gate.decide'));
    expect(decided).toContain(`gate.decide,ok,approver,,"'=HYPERLINK(""http://attacker.example"",""ok"")",gate review-ok,gates#`);
  });
});

function many(run: string, from: number, count: number) {
  const entry = (i: number) => ({
    workspace: 'acme',
    run: run.split('.')[2] ?? '',
    actor: { kind: 'service', id: 'contract-review.read' } as const,
    action: 'step.done' as const,
    outcome: 'ok' as const,
    attempt: from + i,
  });
  const [first, ...others] = Array.from({ length: count }, (_, i) => entry(i));
  if (first === undefined) throw new Error('there are entries to make');
  return [first, ...others] as const;
}
