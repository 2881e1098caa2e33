import { expect, test } from 'vitest';
import invoiceApproval from '#functions/automations/invoice-approval/automation.ts';
import readInvoice from '#functions/automations/invoice-approval/intake.ts';
import { jsonLog, type Log } from '#shared/kernel/index.ts';
import {
  type HttpBench,
  httpBench,
  ISSUER,
  SAMPLE_PEOPLE,
  sampleInvoice,
} from '../../support/http.ts';
import { askRaw } from '../../support/http-request.ts';

/** Ends a line, begins a record of its own, moves the cursor, turns the text round. */
const FORGED =
  'x"}\r\n{"time":"2026-01-01T00:00:00.000Z","level":"error","what":"forged-record"}\n\u001b[2J\u2028\u202eforged-tail';
/** The same as far as a header can carry it. */
const IN_HEADER = FORGED.replaceAll(/[^\x20-\x7e]/g, ' ');

/** An automation whose author puts what was uploaded into an error. */
function careless(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const text = Buffer.from(bytes).toString();
  if (text.includes('forged')) throw new Error(text);
  return readInvoice(bytes);
}

/** Every line that is written, of every level. */
function recorder(): { readonly written: string[]; readonly log: Log } {
  const written: string[] = [];
  return { written, log: jsonLog((line) => written.push(line), Date.now, 'debug') };
}

/** Sends the text in every place where a sender chooses what stands there. */
async function everywhere(bench: HttpBench): Promise<void> {
  const { url } = bench;
  const host = new URL(url).host;
  const inUrl = encodeURIComponent(FORGED);
  const as = 'admin';
  const run = await bench.start('clerk');

  await bench.settle();

  const gate = `${run}.approve-payment`;

  for (const { method, path } of bench.platform.http.flatMap(({ routes }) => routes)) {
    const target = path.replaceAll(/\{[^}]*\}/g, inUrl);
    for (const somebody of SAMPLE_PEOPLE) {
      await bench.ask(`${target}?workspace=${inUrl}&automation=${inUrl}&${inUrl}=1`, {
        method,
        as: somebody.id,
        headers: {
          'idempotency-key': IN_HEADER,
          'user-agent': IN_HEADER,
          'x-request-id': IN_HEADER,
          traceparent: IN_HEADER,
          accept: IN_HEADER,
        },
        body: method === 'GET' ? undefined : { [FORGED]: FORGED },
      });
    }
  }

  for (const header of ['content-type', 'x-forwarded-for', 'cookie', 'origin', 'host', 'if-match'])
    await bench.ask('/workspaces', {
      method: 'POST',
      as,
      headers: { [header]: IN_HEADER },
      body: { name: FORGED },
    });

  for (const [query, headers] of [
    [`workspace=${inUrl}&automation=invoice-approval`, {}],
    [`workspace=acme&automation=${inUrl}`, {}],
    ['workspace=acme&automation=invoice-approval', { 'idempotency-key': IN_HEADER }],
  ] as const) {
    for (const body of [
      FORGED,
      `<a>${FORGED}</a>`,
      sampleInvoice(1)
        .toString()
        .replace(/<cbc:ID>[^<]*/, `<cbc:ID>${FORGED}`),
    ])
      await bench.ask(`/runs?${query}`, {
        method: 'POST',
        as: 'clerk',
        headers: { 'content-type': 'application/xml', 'idempotency-key': 'key', ...headers },
        body,
      });
  }

  await bench.ask('/workspaces', {
    method: 'POST',
    as,
    body: { name: 'tidy', attributes: { [FORGED]: FORGED } },
  });

  await bench.ask('/workspaces', {
    method: 'POST',
    as,
    body: { name: 'tidy', attributes: { tier: FORGED } },
  });

  const { seen } = (await bench.ask(`/gates/${gate}`, { as: 'approver' })).json<{ seen: string }>();

  await bench.ask(`/gates/${gate}/decision`, {
    method: 'POST',
    as: 'approver',
    body: { outcome: FORGED, reason: FORGED, seen: FORGED },
  });

  await bench.ask(`/gates/${gate}/decision`, {
    method: 'POST',
    as: 'approver',
    body: { outcome: 'approved', reason: FORGED, seen },
  });

  await bench.ask(`/runs?workspace=acme&cursor=${inUrl}`, { as });

  for (const token of [
    IN_HEADER,
    await bench.token('x', { sub: FORGED }),
    await bench.token('clerk', { sid: FORGED, amr: [FORGED], azp: FORGED }),
  ])
    await bench.ask('/me', { headers: { authorization: `Bearer ${token}` } });

  await bench.ask('/me', {
    headers: {
      authorization: `Bearer ${await bench.token('clerk', { iss: `${ISSUER}${FORGED}` })}`,
    },
  });

  await askRaw(
    url,
    `GET /${'forged-record'} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nforged-record\r\n\r\n`,
  );

  await bench.settle();
}

test('whatever is sent, a log line is one record of one line, and holds no text of the sender that could be taken for one', async () => {
  const { written, log } = recorder();
  const bench = await httpBench({ log, automations: [{ flow: invoiceApproval, read: careless }] });
  await everywhere(bench);
  expect(written.length).toBeGreaterThan(3);

  for (const line of written) {
    expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
    expect(Object.keys(JSON.parse(line)).slice(0, 3)).toEqual(['time', 'level', 'what']);
    expect(line).not.toContain('forged');
  }
});

test('what a sender chooses stands in entries as a value and makes none of its own', async () => {
  const bench = await httpBench();

  await everywhere(bench);

  for (const entry of await bench.entries())
    expect(JSON.stringify(Object.keys(entry))).not.toContain('forged');

  expect(await bench.trailProblems()).toEqual([]);

  const run = (await bench.entries(({ action }) => action === 'run.start'))[0]?.run;
  const path = `/runs/acme.invoice-approval.${run}/trail`;
  const { entries } = (await bench.ask(path, { as: 'auditor' })).json<{
    entries: readonly unknown[];
  }>();
  const table = await bench.ask(path, { as: 'auditor', headers: { accept: 'text/csv' } });

  expect(table.text).toContain('forged-tail');

  const rows = rowsOf(table.text);

  expect(rows).toHaveLength(1 + entries.length + 1); // a head, and the entry of having looked
  expect(new Set(rows.map((cells) => cells.length)).size).toBe(1);
});

/** Rows of a table by RFC 4180: a quoted cell may hold line ends, and quotes that are doubled. */
function rowsOf(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, cell = '', end] of csv.matchAll(/((?:"(?:[^"]|"")*"|[^",\r\n])*)(,|\r?\n|$)/g)) {
    rows.at(-1)?.push(cell);
    if (end !== ',') rows.push([]);
  }
  return rows.filter((cells) => cells.join('') !== '');
}
