import { describe, expect, it } from 'vitest';
import { target } from '#shared/engine/index.ts';
import { PEOPLE, papers, SECRET_IBAN, startPaper, upload } from './papers.ts';

type Runs = {
  readonly runs: readonly {
    readonly id: string;
    readonly automation: string;
    readonly stage: string;
  }[];
  readonly cursor?: string;
};
type Run = {
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly steps: readonly object[];
  readonly status: string;
};

describe('starting a run', () => {
  it('answers 201 the first time and 200 with the same run when it is sent again', async () => {
    const bench = await papers();
    const [first, again] = [await upload(bench), await upload(bench)];

    expect([first.status, again.status]).toEqual([201, 200]);
    expect([first.json(), again.json()]).toEqual([
      { id: first.json().id, created: true },
      { id: first.json().id, created: false },
    ]);

    expect(first.json().id).toMatch(/^acme\.contract-review\.[a-z0-9]{26}$/);

    const entries = await bench.entries((entry) => entry.actor.id === 'clerk');

    expect(entries.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'run.start ok',
      'run.request ok',
      'run.request ok',
    ]);

    for (const entry of entries.slice(0, 2))
      expect(entry).toMatchObject({
        trace: first.headers['x-request-id'],
        why: { policies: ['team-member.work'] },
      });
  });

  it('refuses the same key with another upload, and says so once in the trail', async () => {
    const bench = await papers();
    await upload(bench);

    const other = await upload(bench, { title: 'Another lease' });
    expect([other.status, other.json().code]).toEqual([409, 'run.key-reused']);

    const entries = await bench.entries((entry) => entry.actor.id === 'clerk');

    expect(entries.map(({ action, outcome, why }) => [action, outcome, why?.code])).toEqual([
      ['run.start', 'ok', undefined],
      ['run.request', 'ok', undefined],
      ['run.request', 'denied', 'run.key-reused'],
    ]);
  });

  it('passes on what the intake does not take, which both tell', async () => {
    const bench = await papers();
    const headers = { 'idempotency-key': 'k' };

    const answer = await bench.ask('/runs?workspace=acme&automation=memo', {
      as: 'clerk',
      method: 'POST',
      headers,
      body: { words: 'no such field' },
    });

    expect([answer.status, answer.json().code]).toEqual([422, 'run.input-invalid']);

    const entries = await bench.entries((entry) => entry.actor.id === 'clerk');

    expect(
      entries.map(({ action, outcome, why, writer }) => [
        action,
        outcome,
        why?.code,
        writer.split('#')[0],
      ]),
    ).toEqual([
      ['run.refuse', 'denied', 'run.input-invalid', 'memo.intake'],
      ['run.request', 'denied', 'run.input-invalid', 'runs'],
    ]);
  });

  it('is not found by who may not, nor for a workspace that there is not; of an automation that there is not it is said', async () => {
    const bench = await papers();

    const wrong = [
      { as: 'client' },
      { as: 'stranger' },
      { workspace: 'initech' },
      { as: 'client', automation: 'other' },
    ];

    for (const paper of wrong) {
      const answer = await upload(bench, paper);
      expect([paper, answer.status, answer.json().code]).toEqual([paper, 404, 'request.not-found']);
    }

    const misspelt = (await upload(bench, { automation: 'other' })).json<{
      status: number;
      code: string;
      detail: string;
    }>();

    const detail = 'no automation with that name is deployed; deployed: contract-review, memo';

    expect(misspelt).toMatchObject({ status: 404, code: 'automation.unknown', detail });

    const entries = await bench.entries(
      (entry) => entry.actor.kind === 'user' && entry.actor.id !== 'operator',
    );

    expect(entries.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(
      [...wrong, misspelt].map(() => 'run.request denied'),
    );
  });

  it('asks for a key', async () => {
    const bench = await papers();
    const answer = await bench.ask('/runs?workspace=acme&automation=memo', {
      as: 'clerk',
      method: 'POST',
      body: { text: 'a' },
    });
    expect([answer.status, answer.json().code]).toEqual([400, 'request.idempotency-key']);
  });
});

describe('the list of runs', () => {
  it('gives runs of all automations, newest first, each once over all pages', async () => {
    const bench = await papers();
    const started: string[] = [];

    for (let i = 0; i < 7; i++)
      started.push(
        await startPaper(bench, {
          key: `k${i}`,
          automation: i % 3 === 0 ? 'memo' : 'contract-review',
        }),
      );

    const listed: string[][] = [];
    let query = 'limit=3';

    do {
      const { runs, cursor } = (
        await bench.ask(`/runs?workspace=acme&${query}`, { as: 'clerk' })
      ).json<Runs>();
      listed.push(runs.map(({ id }) => id));
      query = cursor === undefined ? '' : `limit=3&cursor=${cursor}`;
    } while (query !== '');

    expect(listed.flat()).toEqual(started.toReversed());
    expect(listed.map(({ length }) => length)).toEqual([3, 3, 1]);

    const memos = (
      await bench.ask('/runs?workspace=acme&automation=memo', { as: 'clerk' })
    ).json<Runs>();

    expect(memos.runs.map(({ id }) => id)).toEqual([started[6], started[3], started[0]]);
  });

  it('leads to the next page by a header as well, for tables', async () => {
    const bench = await papers();

    for (const key of ['a', 'b']) await startPaper(bench, { key });

    const first = await bench.ask('/runs?workspace=acme&limit=1', {
      as: 'clerk',
      headers: { accept: 'text/csv' },
    });

    const link = /^<(\?[^>]+)>; rel="next"$/.exec(first.headers.link ?? '')?.[1];
    const second = await bench.ask(`/runs${link}`, {
      as: 'clerk',
      headers: { accept: 'text/csv' },
    });

    expect(second.status).toBe(200);
    expect(second.headers.link).toBeUndefined();
    expect(second.text).not.toEqual(first.text);
  });

  it('leaves out runs that are not for this person to see', async () => {
    const bench = await papers();

    await startPaper(bench, { automation: 'memo', key: 'm' });

    const visible = await startPaper(bench, { key: 'c' });
    const some = (await bench.ask('/runs?workspace=acme', { as: 'keeper' })).json<Runs>();

    expect(some.runs.map(({ id }) => id)).toEqual([visible]);

    const all = (await bench.ask('/runs?workspace=acme', { as: 'auditor' })).json<Runs>();

    expect(all.runs).toHaveLength(2);
    expect(all.runs[0]?.id).toBe(visible);
  });

  it('is empty for an automation that there is not, as for one without runs', async () => {
    const bench = await papers();
    const [none, other] = await Promise.all([
      bench.ask('/runs?workspace=acme&automation=memo', { as: 'clerk' }),
      bench.ask('/runs?workspace=acme&automation=other', { as: 'clerk' }),
    ]);
    expect([none.text, other.text]).toEqual(['{"runs":[]}', '{"runs":[]}']);
  });

  it("takes no cursor of another person's page, of another list, or made up", async () => {
    const bench = await papers();
    for (const key of ['a', 'b']) await startPaper(bench, { key });

    const { cursor } = (
      await bench.ask('/runs?workspace=acme&limit=1', { as: 'clerk' })
    ).json<Runs>();

    const refused = await Promise.all([
      bench.ask(`/runs?workspace=acme&limit=1&cursor=${cursor}`, { as: 'approver' }),
      bench.ask(`/runs?workspace=acme&automation=memo&limit=1&cursor=${cursor}`, { as: 'clerk' }),
      bench.ask(`/gates?workspace=acme&limit=1&cursor=${cursor}`, { as: 'clerk' }),
      bench.ask('/runs?workspace=acme&cursor=AAAA', { as: 'clerk' }),
    ]);

    expect(refused.map((answer) => [answer.status, answer.json().code])).toEqual(
      Array(4).fill([400, 'request.cursor']),
    );
  });

  it('refuses limits that are none', async () => {
    const bench = await papers();
    for (const limit of ['0', '101', '-1', '1e1', '01', '', '%20', '1.5']) {
      const answer = await bench.ask(`/runs?workspace=acme&limit=${limit}`, { as: 'clerk' });
      expect([limit, answer.status, answer.json().code]).toEqual([limit, 400, 'request.query']);
    }
  });

  it('passes over a document of another workspace that was put into its list, and counts it', async () => {
    const bench = await papers();
    const id = await startPaper(bench, { as: 'stranger', workspace: 'globex' });
    const run = id.split('.')[2] ?? '';
    const key = { automation: 'memo', workspace: 'globex', run };
    const list = { name: 'runs#memo#acme', sort: '9999999999999' };
    const ledger = bench.platform.store.ledger({ name: 'memo.read', bundle: '0'.repeat(64) });
    const [document] = await ledger.read([target.run({ ...key, automation: 'contract-review' })]);

    await ledger.commit({
      changes: [
        {
          op: 'insert',
          target: target.run(key),
          body: { ...(document?.body as object), workspace: 'acme' },
          index: { list },
        },
      ],
      entries: [
        {
          workspace: 'globex',
          actor: { kind: 'service', id: 'memo.read' },
          action: 'step.done',
          outcome: 'ok',
        },
      ],
    });

    const answer = await bench.ask('/runs?workspace=acme', { as: 'auditor' });

    expect(answer.text).toBe('{"runs":[]}');
    expect(bench.platform.metrics.snapshot().totals.IndexMismatches?.sum).toBe(1);
  });
});

describe('a run', () => {
  it('shows each person the fields of the classes that they may read, and sealed ones to nobody', async () => {
    const bench = await papers();
    const id = await startPaper(bench);
    const fieldsOf = async (as: string) =>
      Object.keys((await bench.ask(`/runs/${id}`, { as })).json<Run>().fields).sort();
    const clear = ['note', 'partyId', 'title', 'waitsAt'];

    expect(await fieldsOf('clerk')).toEqual(clear);
    expect(await fieldsOf('approver')).toEqual(clear);
    expect(await fieldsOf('auditor')).toEqual(clear);
    expect(await fieldsOf('client')).toEqual(['title']);
    for (const as of ['admin', 'operator', 'keeper']) expect(await fieldsOf(as)).toEqual([]);

    for (const { id: as } of PEOPLE)
      expect((await bench.ask(`/runs/${id}`, { as })).text).not.toContain(SECRET_IBAN);
  });

  it('tells its stage, its steps in the order of the flow, and its gates', async () => {
    const bench = await papers();
    const id = await startPaper(bench);

    expect((await bench.ask(`/runs/${id}`, { as: 'client' })).json()).toMatchObject({
      id,
      status: 'waiting',
      stage: 'review',
      requester: 'clerk',
      steps: [],
      gates: [
        { id: `${id}.draft-ok`, name: 'draft-ok', state: 'passed' },
        { id: `${id}.review-ok`, name: 'review-ok', state: 'open' },
      ],
    });
  });

  it('tells what a step waits for, since when, and when it is tried again', async () => {
    const bench = await papers();
    const id = await startPaper(bench);
    const key = { automation: 'contract-review', workspace: 'acme', run: id.split('.')[2] ?? '' };
    const ledger = bench.platform.store.ledger({
      name: 'contract-review.read',
      bundle: '0'.repeat(64),
    });

    const [document] = await ledger.read([target.run(key)]);
    if (document === undefined) throw new Error('there is a run');

    const waiting = {
      since: Date.UTC(2026, 0, 2),
      nextAt: Date.UTC(2026, 0, 2, 1),
      code: 'vendor.credentials',
      reason: 'no secret',
    };

    const steps = { read: { state: 'ready', attempts: 7, waited: 6, waiting } };

    await ledger.commit({
      changes: [
        {
          op: 'replace',
          target: document.target,
          at: document,
          body: { ...(document.body as object), status: 'running', steps },
        },
      ],
      entries: [
        {
          workspace: 'acme',
          actor: { kind: 'service', id: 'contract-review.read' },
          action: 'step.retry',
          outcome: 'failed',
        },
      ],
    });

    expect((await bench.ask(`/runs/${id}`, { as: 'clerk' })).json<Run>().steps).toEqual([
      {
        name: 'read',
        state: 'ready',
        attempts: 7,
        waiting: {
          since: '2026-01-02T00:00:00.000Z',
          nextAttemptAt: '2026-01-02T01:00:00.000Z',
          code: 'vendor.credentials',
          reason: 'no secret',
        },
      },
    ]);
  });

  it('shows nothing that a step put where it does not belong', async () => {
    const bench = await papers();
    const id = await startPaper(bench);
    const run = id.split('.')[2] ?? '';
    const key = { automation: 'contract-review', workspace: 'acme', run };
    const ledger = bench.platform.store.ledger({
      name: 'contract-review.read',
      bundle: '0'.repeat(64),
    });

    const [open] = await ledger.read([target.fields(key, 'public')]);
    if (open === undefined) throw new Error('there are public fields');

    const values = {
      title: 'A lease',
      note: 'internal, called public',
      iban: SECRET_IBAN,
      made: 'up',
    };

    await ledger.commit({
      changes: [{ op: 'replace', target: open.target, at: open, body: { v: 'fields/1', values } }],
      entries: [
        {
          workspace: 'acme',
          run,
          actor: { kind: 'service', id: 'contract-review.read' },
          action: 'step.done',
          outcome: 'ok',
        },
      ],
    });

    expect((await bench.ask(`/runs/${id}`, { as: 'client' })).json<Run>().fields).toEqual({
      title: 'A lease',
    });
  });

  it('that a step made no run of is as good as not there, and breaks nothing else', async () => {
    const bench = await papers();
    const [broken, whole] = [
      await startPaper(bench, { key: 'a' }),
      await startPaper(bench, { key: 'b' }),
    ];

    const key = {
      automation: 'contract-review',
      workspace: 'acme',
      run: broken.split('.')[2] ?? '',
    };

    const ledger = bench.platform.store.ledger({
      name: 'contract-review.read',
      bundle: '0'.repeat(64),
    });

    const [first] = await ledger.read([target.run(key)]);
    const good = first?.body as object;

    for (const body of [
      { v: 'run/1', nothing: true },
      { ...good, startedAt: 9e15 },
      { ...good, steps: 'all done' },
      [],
    ]) {
      const [document] = await ledger.read([target.run(key)]);
      if (document === undefined) throw new Error('there is a run');

      await ledger.commit({
        changes: [{ op: 'replace', target: document.target, at: document, body }],
        entries: [
          {
            workspace: 'acme',
            actor: { kind: 'service', id: 'contract-review.read' },
            action: 'step.done',
            outcome: 'ok',
          },
        ],
      });

      expect((await bench.ask(`/runs/${broken}`, { as: 'clerk' })).status).toBe(404);

      const { runs } = (await bench.ask('/runs?workspace=acme', { as: 'clerk' })).json<Runs>();

      expect(runs.map(({ id }) => id)).toEqual([whole]);

      const { gates } = (await bench.ask('/gates?workspace=acme', { as: 'clerk' })).json<{
        gates: readonly object[];
      }>();

      expect(gates).toHaveLength(2); // what waits for somebody is not hidden by it
    }
  });

  it('is a table on request, in which nothing is calculated', async () => {
    const bench = await papers();
    const id = await startPaper(bench);
    const answer = await bench.ask('/runs?workspace=acme', {
      as: 'clerk',
      headers: { accept: 'text/csv' },
    });

    expect(answer.headers['content-type']).toMatch(/^text\/csv/);

    const [head, row] = answer.text.split('\r\n');

    expect(head).toBe(
      'id,workspace,automation,version,status,stage,requester,startedAt,finishedAt',
    );
    expect(row).toMatch(new RegExp(`^${id},acme,contract-review,1,waiting,review,clerk,2`));
    expect(answer.text).not.toMatch(/(?:^|,|\n)[=+\-@]/);
  });
});
