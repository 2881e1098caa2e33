import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { expect, it } from 'vitest';
import { httpBench, sampleInvoice } from '../../support/http.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What somebody writes who knows the API by its document alone. */
const PROGRAM = `
import createClient from 'openapi-fetch';
import type { components, paths } from './api.d.ts';

type Gate = components['schemas']['Gate'];

export async function walk(baseUrl: string, tokens: { clerk: string; approver: string }, invoice: Uint8Array<ArrayBuffer>, settle: () => Promise<void>) {
  const as = (token: string) => createClient<paths>({ baseUrl, headers: { authorization: \`Bearer \${token}\` } });
  const [clerk, approver] = [as(tokens.clerk), as(tokens.approver)];
  const started = await clerk.POST('/runs', {
    params: { query: { workspace: 'acme', automation: 'invoice-approval' }, header: { 'Idempotency-Key': 'one' } },
    headers: { 'content-type': 'application/xml' },
    body: invoice,
    bodySerializer: (body) => body,
  });
  if (started.data === undefined) throw new Error(started.error.code);
  await settle();
  const page = await approver.GET('/gates', { params: { query: { workspace: 'acme', limit: 1 } } });
  const gate = page.data?.gates[0];
  if (gate === undefined) throw new Error('no gate waits');
  const shown = await approver.GET('/gates/{gate}', { params: { path: { gate: gate.id } } });
  const told = (gate: Gate) => gate.amounts.payable;
  const payable = shown.data === undefined ? undefined : told(shown.data);
  const seen = shown.data?.seen ?? '';
  const decision = { outcome: 'approved', reason: 'the order was found', seen } as const;
  const decided = await approver.POST('/gates/{gate}/decision', { params: { path: { gate: gate.id } }, body: decision });
  await settle();
  const run = await clerk.GET('/runs/{run}', { params: { path: { run: started.data.id } } });
  const hidden = await clerk.GET('/runs/{run}', { params: { path: { run: 'globex.invoice-approval.none' } } });
  const code: 'request.not-found' | undefined = hidden.error?.code === 'request.not-found' ? hidden.error.code : undefined;
  const detail: string | undefined = hidden.error?.code ? hidden.error.detail : hidden.error?.message;
  const status: 'running' | 'waiting' | 'parked' | 'done' | 'rejected' | undefined = run.data?.status;
  const csv = await clerk.GET('/runs', { params: { query: { workspace: 'acme' } }, headers: { accept: 'text/csv' }, parseAs: 'text' });
  return { status, decided: decided.response.status, code, detail, payable, csv: String(csv.data) };
}

/** Never called: what the document does not allow does not compile. */
export function wrong() {
  const client = createClient<paths>({});
  const upload = { params: { query: { workspace: 'acme', automation: 'a' }, header: { 'Idempotency-Key': 'k' } } };
  for (const body of [new File([], 'a.xml'), new Blob([]), new Uint8Array(0)]) client.POST('/runs', { ...upload, body });
  // @ts-expect-error there is no such path
  client.GET('/nothing');
  // @ts-expect-error the workspace is missing
  client.GET('/gates', { params: { query: {} } });
  // @ts-expect-error no such outcome
  client.POST('/gates/{gate}/decision', { params: { path: { gate: 'g' } }, body: { outcome: 'maybe', reason: 'r', seen: 's' } });
  // @ts-expect-error a run cannot be deleted
  client.DELETE('/runs/{run}', { params: { path: { run: 'r' } } });
}
`;

it('makes a typed client that works, by public tools', async () => {
  const bench = await httpBench();
  // packages are found from here, and nothing here is in the repository
  const base = join(ROOT, 'dist');
  mkdirSync(base, { recursive: true });

  const folder = mkdtempSync(join(base, 'client-'));
  try {
    const document = JSON.parse(readFileSync(join(ROOT, 'docs/openapi.json'), 'utf8'));

    writeFileSync(join(folder, 'api.d.ts'), astToString(await openapiTypescript(document)));
    writeFileSync(join(folder, 'program.ts'), PROGRAM);

    const options = {
      module: 'nodenext',
      target: 'es2024',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
    };

    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...options, types: ['node'] }, files: ['program.ts'] }),
    );

    const { stdout, status } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder], {
      encoding: 'utf8',
    });

    expect([stdout, status]).toEqual(['', 0]);

    const { walk } = await import(pathToFileURL(join(folder, 'program.ts')).href);
    const tokens = { clerk: await bench.token('clerk'), approver: await bench.token('approver') };
    const walked = await walk(bench.url, tokens, new Uint8Array(sampleInvoice()), () =>
      bench.settle(),
    );

    expect(walked).toMatchObject({
      status: 'done',
      decided: 201,
      code: 'request.not-found',
      payable: 'EUR 625.87',
    });

    expect(walked.detail).toContain('the requested resource does not exist');
    expect(walked.csv).toMatch(/^id,workspace,automation,version,status,/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
