import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect, it } from 'vitest';
import { httpBench, sampleInvoice } from '../../support/http.ts';
import { type Answered, type Asked, ask } from '../../support/http-request.ts';

type Part = { readonly [key: string]: unknown };
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string; readonly responses: Part }>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Part>> };
}

const DOCUMENT = JSON.parse(readFileSync(join(import.meta.dirname, '../../../docs/openapi.json'), 'utf8')) as Document;
const OPERATIONS = Object.entries(DOCUMENT.paths).flatMap(([path, ofPath]) =>
  Object.entries(ofPath).map(([method, { operationId, responses }]) => ({ path, method, operationId, responses })),
);

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(DOCUMENT, 'api');

const pointer = (...parts: readonly string[]) =>
  parts.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

/** What of an answer is not as the document says; nothing when it is. */
function wrongWith(operationId: string, { status, headers, text }: Answered): unknown {
  const operation = OPERATIONS.find((one) => one.operationId === operationId);
  if (operation === undefined) return 'no such operation';
  const given = operation.responses[status] as { readonly $ref?: string; readonly content?: Part } | undefined;
  if (given === undefined) return `status ${status} is not documented: ${text}`;
  const at =
    given.$ref === undefined ? pointer('paths', operation.path, operation.method, 'responses', String(status)) : given.$ref.slice(1);
  const type = (headers['content-type'] ?? '').split(';')[0] ?? '';
  const validate = ajv.getSchema(`api#${at}${pointer('content', type, 'schema')}`);
  if (validate === undefined) return `content type ${type} of status ${status} is not documented`;
  if (headers['x-request-id'] === undefined && status !== 429) return 'the answer names no request';
  return validate(type.endsWith('json') ? JSON.parse(text) : text) ? undefined : validate.errors;
}

it('describes every operation, and every answer of each, as it is', async () => {
  const bench = await httpBench({ firstAdmin: 'sub-founder' });
  const answered = new Map<string, Set<number>>();
  const wrong: unknown[] = [];
  const send = async (operationId: string, path: string, asked: Asked & { readonly as?: string } = {}): Promise<Answered> => {
    const got = await bench.ask(path, asked);
    const problem = wrongWith(operationId, got);
    if (problem !== undefined) wrong.push({ operationId, path, status: got.status, problem });
    answered.set(operationId, (answered.get(operationId) ?? new Set()).add(got.status));
    return got;
  };
  const upload = { method: 'POST', headers: { 'idempotency-key': 'one', 'content-type': 'application/xml' }, body: sampleInvoice() };
  const RUNS = '/runs?workspace=acme&automation=invoice-approval';
  const csv = { accept: 'text/csv' };

  const run = (await send('startRun', RUNS, { as: 'clerk', ...upload })).json<{ id: string }>().id;
  await send('startRun', RUNS, { as: 'clerk', ...upload });
  await send('startRun', RUNS, { as: 'clerk', ...upload, body: sampleInvoice(1) });
  await send('startRun', RUNS, { as: 'clerk', ...upload, body: '<nothing/>', headers: { ...upload.headers, 'idempotency-key': 'two' } });
  await send('startRun', RUNS, { as: 'clerk', ...upload, headers: { 'content-type': 'application/xml' } });
  await send('startRun', RUNS, { as: 'clerk', ...upload, headers: { ...upload.headers, 'content-type': 'image/png' } });
  await send('startRun', RUNS, { as: 'approver', ...upload });
  await send('startRun', RUNS, { as: 'stranger', ...upload });
  await bench.settle();

  for (const as of ['clerk', 'approver', 'admin', 'auditor', 'client', 'vendor', 'operator', 'stranger', 'nobody']) {
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
    await send('getPerson', '/people/clerk', { as });
    await send('listRoles', '/roles', { as });
    await send('getRole', '/roles/auditor', { as });
    await send('getRole', '/roles/none', { as });
    await send('listWorkspaces', '/workspaces', { as });
    await send('getWorkspace', '/workspaces/acme', { as });
    await send('createWorkspace', '/workspaces', { as, method: 'POST', body: { name: `made-by-${as}`, attributes: { tier: 'gold' } } });
  }
  const role = (await send('listRoles', '/roles', { as: 'admin' })).json<{ roles: { name: string }[] }>().roles[0]?.name ?? '';
  await send('getRole', `/roles/${encodeURIComponent(role)}`, { as: 'admin' });
  await send('createWorkspace', '/workspaces', { as: 'admin', method: 'POST', body: { name: 'acme' } });
  await send('createWorkspace', '/workspaces', { as: 'admin', method: 'POST', body: { name: 'people' } });
  await send('createWorkspace', '/workspaces', { as: 'admin', method: 'POST', body: { name: 'other', attributes: { Tier: 'x' } } });
  await send('createWorkspace', '/workspaces', { as: 'admin', method: 'POST', body: { name: 'x'.repeat(66_000) } });
  await send('listRuns', '/runs?workspace=acme&cursor=none', { as: 'clerk' });
  await send('listRuns', '/runs?nothing=1', { as: 'clerk' });

  const gates = (await send('listGates', '/gates?workspace=acme', { as: 'approver' })).json<{ gates: { id: string }[] }>().gates;
  const gate = gates[0]?.id ?? 'none';
  const { seen } = (await send('getGate', `/gates/${gate}`, { as: 'approver' })).json<{ seen: string }>();
  for (const as of ['clerk', 'admin', 'client', 'stranger', 'auditor']) await send('getGate', `/gates/${gate}`, { as });
  const decide = (as: string, body: object) => send('decideGate', `/gates/${gate}/decision`, { as, method: 'POST', body });
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

  for (const as of ['nobody', 'clerk', 'founder', 'founder']) await send('claimFirstAdmin', '/people/first-admin', { as, method: 'POST' });
  await send('getHealth', '/health');
  await send('getHealth', '/health?why=1');
  await send('getOpenapi', '/openapi.json');
  for (const { operationId, path, method } of OPERATIONS) {
    const problem = wrongWith(operationId, await ask(bench.url, path.replaceAll(/[{}]/g, ''), { method: method.toUpperCase() }));
    if (problem !== undefined) wrong.push({ operationId, problem });
  }

  expect(wrong).toEqual([]);
  const succeeded = [...answered].filter(([, statuses]) => [...statuses].some((status) => status < 300)).map(([id]) => id);
  expect(succeeded.sort()).toEqual(OPERATIONS.map(({ operationId }) => operationId).sort());
  expect(Object.fromEntries([...answered].map(([id, statuses]) => [id, [...statuses].filter((status) => status >= 500)]))).toEqual(
    Object.fromEntries([...answered.keys()].map((id) => [id, []])),
  );
});
