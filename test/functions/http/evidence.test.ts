import { describe, expect, it } from 'vitest';
import { type Route, routeKey } from '#functions/framework/http/route.ts';
import { type Entry, functionOf } from '#shared/audit/index.ts';
import type { HttpBench } from '../../support/http.ts';
import type { Asked } from '../../support/http-request.ts';
import { papers, startPaper } from './papers.ts';

/** What is asked for, the status that it ends with, and the action and outcome of its entry. */
type Row = readonly [
  as: string,
  method: string,
  path: string,
  status: number,
  entry: string,
  more?: Asked,
];

const decision = { outcome: 'approved', reason: 'as agreed', seen: 'x' };

/**
 * Every operation that people have, well done, not found, refused, and malformed. `RUN` and `GATE`
 * are those of a run that waits.
 */
const ROWS: readonly Row[] = [
  ['vendor', 'GET', '/me', 200, 'person.read ok'],
  ['vendor', 'GET', '/me?all=1', 400, 'person.read denied'],
  ['admin', 'GET', '/people', 200, 'person.list ok'],
  ['clerk', 'GET', '/people', 404, 'person.list denied'],
  ['admin', 'GET', '/people?limit=0', 400, 'person.list denied'],
  ['admin', 'GET', '/people/keeper', 200, 'person.read ok'],
  ['admin', 'GET', '/people/nobody', 404, 'person.read denied'],
  ['admin', 'GET', '/people/%20', 404, 'person.read denied'],
  ['admin', 'POST', '/people/first-admin', 403, 'person.first-admin denied'],
  ['admin', 'GET', '/roles', 200, 'role.list ok'],
  ['clerk', 'GET', '/roles', 404, 'role.list denied'],
  ['admin', 'GET', '/roles/Admin', 200, 'role.read ok'],
  ['admin', 'GET', '/roles/none', 404, 'role.read denied'],
  ['clerk', 'GET', '/workspaces', 200, 'workspace.list ok'],
  ['vendor', 'GET', '/workspaces', 404, 'workspace.list denied'],
  ['clerk', 'GET', '/workspaces/acme', 200, 'workspace.read ok'],
  ['clerk', 'GET', '/workspaces/globex', 404, 'workspace.read denied'],
  ['clerk', 'GET', '/workspaces/-', 404, 'workspace.read denied'],
  ['admin', 'POST', '/workspaces', 201, 'workspace.create ok', { body: { name: 'initech' } }],
  ['admin', 'POST', '/workspaces', 409, 'workspace.create denied', { body: { name: 'initech' } }],
  ['admin', 'POST', '/workspaces', 400, 'workspace.create denied', { body: { nom: 'initech' } }],
  ['admin', 'POST', '/workspaces', 415, 'workspace.create denied', { body: 'name=initech' }],
  ['clerk', 'POST', '/workspaces', 404, 'workspace.create denied', { body: { name: 'umbrella' } }],
  ['clerk', 'GET', '/automations', 200, 'automation.list ok'],
  ['client', 'GET', '/automations', 404, 'automation.list denied'],
  ['clerk', 'GET', '/automations/memo', 200, 'automation.read ok'],
  ['clerk', 'GET', '/automations/none', 404, 'automation.read denied'],
  ['clerk', 'GET', '/automations/memo/rollout?workspace=acme', 200, 'automation.read ok'],
  ['clerk', 'GET', '/automations/memo/rollout?workspace=globex', 404, 'automation.read denied'],
  ['clerk', 'GET', '/automations/memo/rollout', 400, 'automation.read denied'],
  ['clerk', 'GET', '/runs?workspace=acme', 200, 'run.list ok'],
  ['clerk', 'GET', '/runs?workspace=acme', 200, 'run.list ok', { headers: { accept: 'text/csv' } }],
  ['stranger', 'GET', '/runs?workspace=acme', 404, 'run.list denied'],
  ['clerk', 'GET', '/runs', 400, 'run.list denied'],
  ['clerk', 'GET', '/runs?workspace=acme&workspace=acme', 400, 'run.list denied'],
  ['clerk', 'GET', '/runs?workspace=acme&cursor=AAAA', 400, 'run.list denied'],
  [
    'clerk',
    'POST',
    '/runs?workspace=acme&automation=memo',
    201,
    'run.request ok',
    { headers: { 'idempotency-key': 'e' }, body: { text: 'a' } },
  ],
  [
    'clerk',
    'POST',
    '/runs?workspace=acme&automation=memo',
    200,
    'run.request ok',
    { headers: { 'idempotency-key': 'e' }, body: { text: 'a' } },
  ],
  [
    'clerk',
    'POST',
    '/runs?workspace=acme&automation=memo',
    409,
    'run.request denied',
    { headers: { 'idempotency-key': 'e' }, body: { text: 'b' } },
  ],
  [
    'clerk',
    'POST',
    '/runs?workspace=acme&automation=memo',
    422,
    'run.request denied',
    { headers: { 'idempotency-key': 'f' }, body: { t: 1 } },
  ],
  [
    'clerk',
    'POST',
    '/runs?workspace=acme&automation=memo',
    422,
    'run.request denied',
    { headers: { 'idempotency-key': 'f' }, body: { text: 1.5 } },
  ],
  [
    'clerk',
    'POST',
    '/runs?workspace=acme&automation=memo',
    400,
    'run.request denied',
    { body: { text: 'a' } },
  ],
  [
    'clerk',
    'POST',
    '/runs?workspace=acme&automation=none',
    404,
    'run.request denied',
    { headers: { 'idempotency-key': 'e' }, body: { text: 'a' } },
  ],
  [
    'client',
    'POST',
    '/runs?workspace=acme&automation=memo',
    404,
    'run.request denied',
    { headers: { 'idempotency-key': 'e' }, body: { text: 'a' } },
  ],
  ['clerk', 'GET', '/runs/RUN', 200, 'run.read ok'],
  ['vendor', 'GET', '/runs/RUN', 404, 'run.read denied'],
  ['clerk', 'GET', '/runs/whatever', 404, 'run.read denied'],
  ['auditor', 'GET', '/runs/RUN/trail', 200, 'trail.read ok'],
  ['auditor', 'GET', '/runs/RUN/trail', 200, 'trail.read ok', { headers: { accept: 'text/csv' } }],
  ['clerk', 'GET', '/runs/RUN/trail', 403, 'trail.read denied'],
  ['stranger', 'GET', '/runs/RUN/trail', 404, 'trail.read denied'],
  ['clerk', 'GET', '/gates?workspace=acme', 200, 'gate.list ok'],
  ['stranger', 'GET', '/gates?workspace=acme', 404, 'gate.list denied'],
  ['clerk', 'GET', '/gates/GATE', 200, 'gate.read ok'],
  ['client', 'GET', '/gates/GATE', 404, 'gate.read denied'],
  ['approver', 'POST', '/gates/GATE/decision', 409, 'gate.decide denied', { body: decision }],
  [
    'approver',
    'POST',
    '/gates/GATE/decision',
    400,
    'gate.decide denied',
    { body: { ...decision, outcome: 'maybe' } },
  ],
  ['clerk', 'POST', '/gates/GATE/decision', 403, 'gate.decide denied', { body: decision }],
  ['stranger', 'POST', '/gates/GATE/decision', 404, 'gate.decide denied', { body: decision }],
  [
    'approver',
    'POST',
    '/gates/GATE/decision',
    201,
    'gate.decide ok',
    { body: { ...decision, seen: 'SEEN' } },
  ],
  [
    'approver',
    'POST',
    '/gates/GATE/decision',
    200,
    'gate.read ok',
    { body: { ...decision, seen: 'SEEN' } },
  ],
];

describe('each request of a person', () => {
  it('leaves exactly one entry by the function that was asked, and the intake tells besides what it did', async () => {
    const bench = await papers();
    const run = await startPaper(bench);
    const gate = `${run}.review-ok`;
    const { seen } = (await bench.ask(`/gates/${gate}`, { as: 'auditor' })).json<{
      seen: string;
    }>();
    const filled = (text: string) =>
      text.replace('RUN', run).replace('GATE', gate).replace('SEEN', seen);

    for (const [as, method, path, status, expected, more = {}] of ROWS) {
      const before = await count(bench);
      const body =
        more.body === undefined || typeof more.body === 'string'
          ? more
          : { ...more, body: JSON.parse(filled(JSON.stringify(more.body))) as object };

      const answer = await bench.ask(filled(path), { as, method, ...body });
      const written = (await bench.entries()).filter(
        ({ writer, n }) => !before.has(`${writer} ${n}`),
      );
      const [ofIntake, entries] = [true, false].map((is) =>
        written.filter(({ writer }) => isIntake(writer) === is),
      ) as [Entry[], Entry[]];

      expect([path, ofIntake.length]).toEqual([
        path,
        path.startsWith('/runs?') && [201, 422].includes(status) ? 1 : 0,
      ]);

      for (const { trace } of ofIntake) expect(trace).toBe(answer.headers['x-request-id']);

      const told = entries.map(({ actor, action, outcome }) => `${actor.id} ${action} ${outcome}`);

      expect([method, path, answer.status, ...told]).toEqual([
        method,
        path,
        status,
        `${as} ${expected}`,
      ]);

      expect(entries[0]?.trace).toBe(answer.headers['x-request-id']);
    }

    expect(await bench.trailProblems()).toEqual([]);

    const untried = bench.platform.http
      .flatMap(({ routes }) => routes)
      .filter((route) => !ROWS.some((row) => isOf(route, row)));

    // for anybody: there is no person to tell of
    expect(untried.map(routeKey)).toEqual(['GET /health', 'GET /openapi.json']);
  });

  it('that reads a list names in its entry what was shown, and nothing that was left out', async () => {
    const bench = await papers();
    await startPaper(bench, { key: 'm', automation: 'memo' });

    const shown = await startPaper(bench, { key: 'c' });

    await bench.ask('/runs?workspace=acme', { as: 'keeper' });

    const [entry] = await bench.entries(({ actor }) => actor.id === 'keeper');

    expect(entry?.targets).toEqual([
      { kind: 'run', id: shown.split('.').slice(1).join('.'), rev: expect.any(Number) },
    ]);
  });
});

describe('the entry of a refusal', () => {
  it('says of which run, and of which gate of it: found or not, decided about or looked at', async () => {
    const bench = await papers();
    const [one, two] = [
      await startPaper(bench, { key: 'one' }),
      await startPaper(bench, { key: 'two' }),
    ];

    const absent = `acme.contract-review.${'z'.repeat(26)}`;
    const told = async (as: string, path: string, asked: Asked = {}) => {
      await bench.ask(path, { as, ...asked });
      const [entry] = (await bench.entries(({ actor }) => actor.id === as)).slice(-1);
      return [entry?.workspace, entry?.run, entry?.targets];
    };

    const named = (reference: string) => reference.split('.').slice(1).join('.');
    const idOf = (run: string) => run.split('.')[2];

    for (const run of [one, two]) {
      expect(await told('vendor', `/runs/${run}`)).toEqual([
        'acme',
        idOf(run),
        [{ kind: 'run', id: named(run) }],
      ]);

      const gate = { kind: 'gate', id: `${named(run)}.review-ok` };
      expect(await told('client', `/gates/${run}.review-ok`)).toEqual(['acme', idOf(run), [gate]]);

      const post = { method: 'POST', body: decision };

      expect(await told('approver', `/gates/${run}.review-ok/decision`, post)).toEqual([
        'acme',
        idOf(run),
        [gate],
      ]);

      expect(await told('auditor', `/gates/${run}.review-ok`)).toEqual([
        'acme',
        idOf(run),
        [{ ...gate, rev: 1 }],
      ]);
    }

    expect(await told('vendor', `/runs/${absent}`)).toEqual([
      'acme',
      undefined,
      [{ kind: 'run', id: named(absent) }],
    ]);

    expect(await told('approver', `/gates/${absent}.review-ok`)).toEqual([
      'acme',
      undefined,
      [{ kind: 'gate', id: `${named(absent)}.review-ok` }],
    ]);

    expect(await told('auditor', '/gates?workspace=acme')).toEqual([
      'acme',
      undefined,
      [one, two].map((run) => ({ kind: 'gate', id: `${named(run)}.review-ok`, rev: 1 })),
    ]);
  });

  it('stands where the request had got to, also when something else was wrong with it', async () => {
    const bench = await papers();
    const run = await startPaper(bench);
    const [, , id] = run.split('.');

    const places: readonly (readonly [path: string, place: readonly unknown[]])[] = [
      ['/runs?workspace=acme&cursor=AAAA', ['acme', undefined, undefined]],
      ['/gates?workspace=globex&cursor=AAAA', ['globex', undefined, undefined]],
      [
        `/runs/${run}/trail?cursor=AAAA`,
        ['acme', id, [{ kind: 'run', id: `contract-review.${id}` }]],
      ],
      ['/people?cursor=AAAA', ['platform', undefined, undefined]],
      ['/runs?workspace=acme&limit=0', ['platform', undefined, undefined]],
    ];

    for (const [path, place] of places) {
      expect([path, (await bench.ask(path, { as: 'auditor' })).status]).toEqual([path, 400]);
      const [entry] = (await bench.entries(({ actor }) => actor.id === 'auditor')).slice(-1);
      expect([path, entry?.workspace, entry?.run, entry?.targets]).toEqual([path, ...place]);
    }
  });
});

function isOf({ method, path }: Route, [, asked, where]: Row): boolean {
  const form = new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
  return method === asked && form.test(where.split('?')[0] ?? '');
}

const isIntake = (writer: string) => functionOf(writer).endsWith('.intake');

async function count(bench: HttpBench): Promise<ReadonlySet<string>> {
  return new Set((await bench.entries()).map(({ writer, n }) => `${writer} ${n}`));
}
