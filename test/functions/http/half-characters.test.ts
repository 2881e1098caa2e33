import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { automation, role, sensitive } from '#shared/automation/index.ts';
import { parseJson } from '#shared/kernel/index.ts';
import { httpBench } from '../../support/http.ts';
import type { Answered, Asked } from '../../support/http-request.ts';

const declared = automation({
  name: 'refund',
  version: 1,
  purpose: 'try out what cannot be stored',
  subjects: { customer: 'customerId' },
  fields: {
    customerId: z.string().check(z.maxLength(64)),
    amount: z.number(),
    account: sensitive(z.string(), { class: 'financial', of: 'customer' }),
    details: z.record(z.string(), z.json()),
    more: sensitive(z.array(z.json()), { class: 'personal', of: 'customer' }),
    letter: z.string(),
  },
});
const write = declared.step('write', {
  reads: ['amount', 'account', 'details', 'more', 'customerId'],
  writes: ['letter'],
  effect: 'internal',
  run: () => ({ letter: 'x' }),
});
const ok = declared.gate('ok', { decidedBy: role('Compliance Officer'), shows: ['amount'] });
/** Its uploads are JSON, read as the tutorial reads them. */
const refund = {
  flow: declared.flow((run) => run.stage('all').gate(ok).step(write)),
  read: (bytes: Uint8Array) => z.parse(z.record(z.string(), z.json()), parseJson(bytes)),
};

const GOOD = {
  customerId: 'C-204',
  amount: 5_000,
  account: 'NL91ABNA0417164300',
  details: { of: { goods: ['a', { name: 'b' }] } },
  more: ['c', { note: ['d'] }],
};

const HALVES = ['\\ud83d', '\\udc4d', '\\udc4d\\ud83d'];

/**
 * A JSON text with half a character put in at one place: the beginning, middle or end of each
 * string, names of members included.
 */
function* spoilt(text: string): Generator<string> {
  let turn = 0;
  for (const { index, 0: string } of text.matchAll(/"[^"]*"/g)) {
    const places = new Set([1, Math.floor(string.length / 2), string.length - 1]);
    for (const place of places)
      yield text.slice(0, index + place) +
        HALVES[turn++ % HALVES.length] +
        text.slice(index + place);
  }
}

test('half a character is refused in words, wherever in a request it is, and leaves its entry', async () => {
  const bench = await httpBench({ automations: [refund] });
  const UPLOAD = '/runs?workspace=acme&automation=refund';
  const json = { 'content-type': 'application/json' };

  const start = (body: string, headers = json): Asked & { as: string } => ({
    as: 'clerk',
    method: 'POST',
    headers: { ...headers, 'idempotency-key': 'k' },
    body,
  });

  const good = await bench.ask(UPLOAD, start(JSON.stringify(GOOD)));

  expect(good.status).toBe(201);
  await bench.settle();

  const gate = `${good.json<{ id: string }>().id}.ok`;
  const { seen } = (await bench.ask(`/gates/${gate}`, { as: 'approver' })).json<{ seen: string }>();

  const requests: [string, Asked & { readonly as: string }][] = [
    ...[...spoilt(JSON.stringify(GOOD))].map(
      (body, i): [string, Asked & { readonly as: string }] => [
        UPLOAD,
        start(body, i % 2 === 0 ? json : { 'content-type': 'application/octet-stream' }),
      ],
    ),
    ...[...spoilt(JSON.stringify({ outcome: 'approved', reason: 'looked at it', seen }))].map(
      (body): [string, Asked & { readonly as: string }] => [
        `/gates/${gate}/decision`,
        { as: 'approver', method: 'POST', headers: json, body },
      ],
    ),
    ...[...spoilt(JSON.stringify({ name: 'fresh', attributes: { tier: 'gold' } }))].map(
      (body): [string, Asked & { readonly as: string }] => [
        '/workspaces',
        { as: 'admin', method: 'POST', headers: json, body },
      ],
    ),
    // as bytes: in a query, a cursor, a name of a parameter
    ...[
      '/runs?workspace=%ED%A0%BD',
      '/runs?workspace=acme&cursor=%ED%B1%8D',
      '/gates?workspace=acme&%ED%A0%BD=1',
    ].map((path): [string, Asked & { readonly as: string }] => [path, { as: 'auditor' }]),
    [
      UPLOAD,
      { ...start(JSON.stringify(GOOD)), headers: { ...json, 'idempotency-key': '\xed\xa0\xbd' } },
    ],
  ];

  expect(requests.length).toBeGreaterThan(60);

  const before = new Set((await bench.entries()).map(({ trace }) => trace));
  const answers: Answered[] = [];

  for (const [path, asked] of requests) answers.push(await bench.ask(path, asked));

  expect(
    answers
      .map(({ status, text }) => (status === 400 || status === 422 ? '' : `${status} ${text}`))
      .filter(Boolean),
  ).toEqual([]);

  for (const { text } of answers) expect(text).not.toMatch(/request\.failed|NL91/);

  const uploads = answers
    .filter((_, i) => requests[i]?.[0] === UPLOAD)
    .map((answer) => answer.json<{ code: string }>().code);

  expect(new Set(uploads)).toEqual(new Set(['run.input-invalid', 'request.idempotency-key']));

  const traces = new Set(
    (await bench.entries()).map(({ trace }) => trace).filter((trace) => !before.has(trace)),
  );

  expect(traces).toEqual(new Set(answers.map(({ headers }) => headers['x-request-id'])));
  expect(JSON.stringify(await bench.entries()).isWellFormed()).toBe(true);
  expect(await bench.trailProblems()).toEqual([]);

  // in a path no function is reached
  const malformed = await bench.ask('/runs/%ED%A0%BD', { as: 'auditor' });

  expect([malformed.status, malformed.json()]).toEqual([400, { message: 'Bad Request' }]);
});

test('what else JSON can hold and no document can is refused with the name of its field', async () => {
  const bench = await httpBench({ automations: [refund] });

  const upload = async (over: object | string) => {
    const body = typeof over === 'string' ? over : JSON.stringify({ ...GOOD, ...over });
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'k' };

    const { status, text } = await bench.ask('/runs?workspace=acme&automation=refund', {
      as: 'clerk',
      method: 'POST',
      headers,
      body,
    });

    return [status, (JSON.parse(text) as { detail: string }).detail];
  };

  const says = (what: string) => [422, expect.stringContaining(what)];

  expect(await upload({ amount: 0.5 })).toEqual(
    says('field amount cannot be stored: it holds a number that is not a safe integer'),
  );
  expect(await upload({ details: { a: [1e300] } })).toEqual(
    says('field details cannot be stored: it holds a number'),
  );
  expect(await upload({ more: [1.5] })).toEqual(
    says('field more cannot be stored: it holds a number'),
  );
  expect(await upload({ details: { a: 'x'.repeat(300_000) } })).toEqual(
    says('the input is larger than a run can hold'),
  );
  expect(await upload({ details: { a: 'x'.repeat(3_000_000) } })).toEqual(
    says('the input is larger than a run can hold'),
  );
  expect(await upload({ account: 'x'.repeat(250_000) })).toEqual(
    says('the input is larger than a run can hold'),
  );

  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;

  expect(await upload(JSON.stringify(GOOD).replace('"C-204"', deep))).toEqual(
    says('the input is nested too deeply'),
  );
});
