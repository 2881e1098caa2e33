import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FAILED, UNAVAILABLE } from '#functions/framework/http/problem.ts';
import { problemResponse } from '#functions/framework/http/response.ts';
import { httpBench, sampleInvoice } from '../../support/http.ts';
import { OPERATIONS, operationOf, wrongWith } from '../../support/http-document.ts';
import type { Answered, Asked } from '../../support/http-request.ts';

/**
 * Headers that no answer is understood by: of HTTP itself, and of safety, the same on every answer.
 */
const COMMON = new Set([
  ...[
    'connection',
    'content-length',
    'content-type',
    'date',
    'keep-alive',
    'vary',
    'cache-control',
    'content-security-policy',
  ],
  ...[
    'cross-origin-resource-policy',
    'referrer-policy',
    'strict-transport-security',
    'x-content-type-options',
  ],
]);
const { components } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../docs/openapi.json'), 'utf8'),
) as {
  readonly components: { readonly responses: Readonly<Record<string, Response>> };
};
type Response = { readonly $ref?: string; readonly headers?: object };

/** Headers that the document names for an answer. */
function headersOf(operationId: string, status: number): readonly string[] {
  const response = OPERATIONS.find((one) => one.operationId === operationId)?.responses[status] as
    | Response
    | undefined;
  const own =
    response?.$ref === undefined
      ? response
      : components.responses[response.$ref.split('/').at(-1) ?? ''];

  return Object.keys(own?.headers ?? {});
}

it('describes every operation, and every answer of each, as it is', async () => {
  const bench = await httpBench({ firstAdmin: 'sub-founder' });
  const answered = new Map<string, Set<number>>();
  const unnamed = new Set<string>();

  const send = async (
    operationId: string,
    path: string,
    asked: Asked & { readonly as?: string } = {},
  ): Promise<Answered> => {
    expect(operationOf(asked.method ?? 'GET', path)).toBe(operationId);

    // which fails for an answer that is not as the document says
    const got = await bench.ask(path, asked);
    if (got.headers['x-request-id'] !== undefined) {
      const named = new Set([...COMMON, ...headersOf(operationId, got.status)]);
      for (const name of Object.keys(got.headers))
        if (!named.has(name)) unnamed.add(`${operationId} ${got.status} ${name}`);
    }

    answered.set(operationId, (answered.get(operationId) ?? new Set()).add(got.status));

    return got;
  };

  const upload = {
    method: 'POST',
    headers: { 'idempotency-key': 'one', 'content-type': 'application/xml' },
    body: sampleInvoice(),
  };

  const RUNS = '/runs?workspace=acme&automation=invoice-approval';
  const csv = { accept: 'text/csv' };

  const run = (await send('startRun', RUNS, { as: 'clerk', ...upload })).json<{ id: string }>().id;

  await send('startRun', RUNS, { as: 'clerk', ...upload });
  await send('startRun', RUNS, { as: 'clerk', ...upload, body: sampleInvoice(1) });

  await send('startRun', RUNS, {
    as: 'clerk',
    ...upload,
    body: '<nothing/>',
    headers: { ...upload.headers, 'idempotency-key': 'two' },
  });

  await send('startRun', RUNS, {
    as: 'clerk',
    ...upload,
    headers: { 'content-type': 'application/xml' },
  });

  await send('startRun', RUNS, {
    as: 'clerk',
    ...upload,
    headers: { ...upload.headers, 'content-type': 'image/png' },
  });

  await send('startRun', RUNS, { as: 'approver', ...upload });
  await send('startRun', RUNS, { as: 'stranger', ...upload });
  await bench.settle();

  for (const as of [
    'clerk',
    'approver',
    'admin',
    'auditor',
    'client',
    'vendor',
    'operator',
    'stranger',
    'nobody',
  ]) {
    await send('listRuns', '/runs?workspace=acme&limit=1', { as });
    await send('listRuns', '/runs?workspace=acme', { as, headers: csv });
    await send('getRun', `/runs/${run}`, { as });
    await send('getRunTrail', `/runs/${run}/trail`, { as });
    await send('getRunTrail', `/runs/${run}/trail`, { as, headers: csv });
    await send('listGates', '/gates?workspace=acme', { as });
    await send('listAutomations', '/automations', { as });
    await send('getAutomation', '/automations/invoice-approval', { as });
    await send('getRollout', '/automations/invoice-approval/rollout?workspace=acme', { as });
    await send('getMe', '/me', { as });
    await send('listPeople', '/people?limit=2', { as });
    await send('listRoles', '/roles?limit=2', { as });
    await send('getPerson', '/people/clerk', { as });
    await send('listRoles', '/roles', { as });
    await send('getRole', '/roles/auditor', { as });
    await send('getRole', '/roles/none', { as });
    await send('listWorkspaces', '/workspaces', { as });
    await send('getWorkspace', '/workspaces/acme', { as });
    await send('createWorkspace', '/workspaces', {
      as,
      method: 'POST',
      body: { name: `made-by-${as}`, attributes: { tier: 'gold' } },
    });
  }

  const role =
    (await send('listRoles', '/roles', { as: 'admin' })).json<{ roles: { name: string }[] }>()
      .roles[0]?.name ?? '';

  await send('getRole', `/roles/${encodeURIComponent(role)}`, { as: 'admin' });
  await send('createWorkspace', '/workspaces', {
    as: 'admin',
    method: 'POST',
    body: { name: 'acme' },
  });

  await send('createWorkspace', '/workspaces', {
    as: 'admin',
    method: 'POST',
    body: { name: 'people' },
  });

  await send('createWorkspace', '/workspaces', {
    as: 'admin',
    method: 'POST',
    body: { name: 'other', attributes: { Tier: 'x' } },
  });

  await send('createWorkspace', '/workspaces', {
    as: 'admin',
    method: 'POST',
    body: { name: 'x'.repeat(66_000) },
  });

  await send('listRuns', '/runs?workspace=acme&cursor=none', { as: 'clerk' });
  await send('listRuns', '/runs?nothing=1', { as: 'clerk' });

  const gates = (await send('listGates', '/gates?workspace=acme', { as: 'approver' })).json<{
    gates: { id: string }[];
  }>().gates;
  const gate = gates[0]?.id ?? 'none';
  const { seen } = (await send('getGate', `/gates/${gate}`, { as: 'approver' })).json<{
    seen: string;
  }>();

  for (const as of ['clerk', 'admin', 'client', 'stranger', 'auditor'])
    await send('getGate', `/gates/${gate}`, { as });

  const decide = (as: string, body: object) =>
    send('decideGate', `/gates/${gate}/decision`, { as, method: 'POST', body });
  const decision = { outcome: 'approved', reason: 'the order was found', seen };

  await decide('clerk', decision);
  await decide('stranger', decision);
  await decide('approver', { ...decision, seen: 'something else' });
  await decide('approver', { ...decision, reason: ' ' });
  await decide('approver', { ...decision, outcome: 'maybe' });
  await decide('approver', decision);
  await decide('approver', decision);
  await decide('approver', { ...decision, outcome: 'rejected' });
  await send('getGate', `/gates/${gate}`, { as: 'approver' });
  await bench.settle();
  await send('getRun', `/runs/${run}`, { as: 'approver' });
  await send('getRunTrail', `/runs/${run}/trail`, { as: 'auditor' });

  for (const as of ['nobody', 'clerk', 'founder', 'founder'])
    await send('claimFirstAdmin', '/people/first-admin', { as, method: 'POST' });

  await send('getHealth', '/health');
  await send('getHealth', '/health?why=1');
  await send('getOpenapi', '/openapi.json');

  for (const { operationId, path, method } of OPERATIONS)
    await send(operationId, path.replaceAll(/[{}]/g, ''), { method });

  expect([...unnamed]).toEqual([]);

  const succeeded = [...answered]
    .filter(([, statuses]) => [...statuses].some((status) => status < 300))
    .map(([id]) => id);

  expect(succeeded.sort()).toEqual(OPERATIONS.map(({ operationId }) => operationId).sort());
  expect(
    Object.fromEntries(
      [...answered].map(([id, statuses]) => [id, [...statuses].filter((status) => status >= 500)]),
    ),
  ).toEqual(Object.fromEntries([...answered.keys()].map((id) => [id, []])));
});

it('describes what each operation says when it fails, or cannot answer now', () => {
  for (const { method, path } of OPERATIONS)
    for (const problem of [FAILED, UNAVAILABLE]) {
      const { statusCode = 0, headers, body = '' } = problemResponse(problem, 'one');

      expect(
        wrongWith(method, path, {
          status: statusCode,
          headers: headers as Record<string, string>,
          text: body,
        }),
      ).toBeUndefined();
    }
});

it('is what every test of the API holds answers against: one that differs from it is found', async () => {
  const bench = await httpBench();
  const good = await bench.ask('/me', { as: 'clerk' });
  const json = { ...good.json(), more: 1 };
  const without = Object.fromEntries(
    Object.entries(good.headers).filter(([name]) => name !== 'x-request-id'),
  );

  for (const wrong of [
    { text: JSON.stringify(json) },
    { text: '{}' },
    { status: 201 },
    { status: 404 },
    { headers: { ...good.headers, 'content-type': 'text/html' } },
    { headers: without },
    { status: 500, headers: without, text: '{"message":"Internal Server Error"}' },
  ])
    expect([wrong, wrongWith('GET', '/me', { ...good, ...wrong })]).toEqual([
      wrong,
      expect.any(String),
    ]);

  expect(wrongWith('GET', '/nowhere', good)).toEqual(expect.any(String));
  expect(wrongWith('GET', '/me', good)).toBeUndefined();
});
