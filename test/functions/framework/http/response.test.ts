import { describe, expect, it } from 'vitest';
import { toCsv } from '#functions/framework/http/csv.ts';
import {
  asCsv,
  asJson,
  problemResponse,
  respond,
  wantsCsv,
} from '#functions/framework/http/response.ts';

const rows = (...cells: unknown[]) => toCsv({ columns: ['a'], rows: cells.map((cell) => [cell]) });

describe('an answer', () => {
  it('has the headers that an answer of data must have, which none of its own takes away', () => {
    const { headers } = respond(200, 'id', {
      ...asJson({}),
      headers: { 'cache-control': 'public', link: '<?a>' },
    });

    expect(headers).toEqual({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'content-type': 'application/json',
      'cross-origin-resource-policy': 'same-origin',
      link: '<?a>',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=63072000',
      'x-content-type-options': 'nosniff',
      'x-request-id': 'id',
    });
  });

  it('that tells of a problem says so by RFC 9457', () => {
    const { headers, body, statusCode } = problemResponse(
      { status: 409, code: 'gate.stale', detail: 'look again' },
      'id',
    );

    expect([statusCode, headers?.['content-type']]).toEqual([409, 'application/problem+json']);

    expect(JSON.parse(body ?? '')).toEqual({
      type: 'urn:writ:problem:gate.stale',
      title: 'Conflict',
      status: 409,
      detail: 'look again',
      code: 'gate.stale',
      requestId: 'id',
    });
  });
});

describe('a cell of CSV', () => {
  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    ' =1',
    '\u00a0=1',
    '\u200b=1',
    '\ufeff=1',
    '\u0000=1',
    '\uff1d1',
    ' \uff0b1',
    '\n',
  ])('is never calculated: %j', (text) => {
    const [, written = ''] = /^a\r\n"?([\s\S]*?)"?\r?\n?$/.exec(rows(text)) ?? [];
    expect(written.startsWith("'")).toBe(true);
  });

  it.each([
    ['seen it;=1+1', "seen it;'=1+1"],
    ['seen it; \u00a0=1+1', "seen it; \u00a0'=1+1"],
    ['a\t+1', "a\t'+1"],
    ['a\n-1', "a\n'-1"],
    ['a\r\n@SUM(A1)', "a\r\n'@SUM(A1)"],
    ['a\u2028=1', "a\u2028'=1"],
    ['a|=1;=2', "a|'=1;'=2"],
    ['a;"=1+1&"b', `a;"'=1+1&"b`],
    ['a;\uff1d1', "a;'\uff1d1"],
    [{ says: 'x;=1' }, `{"says":"x;'=1"}`],
  ])('is not calculated where a spreadsheet splits it: %j', (value, written) => {
    expect(
      rows(value)
        .slice('a\r\n'.length)
        .replace(/^"|"?\r\n$/g, '')
        .replaceAll('""', '"'),
    ).toBe(written);
  });

  it('is as it was where nothing would be calculated inside it', () => {
    for (const text of ['a;b=1', 'one, -2', 'x | y', 'a; 1-2', '2026-01-05T09:00:00.000Z'])
      expect(rows(text)).toContain(text);
  });

  it('is as it was otherwise: a number, a text, nothing, a list', () => {
    expect(rows(-5, 'a-1', 'a "b", c', undefined, null, true, ['x'])).toBe(
      'a\r\n-5\r\na-1\r\n"a ""b"", c"\r\n\r\n\r\ntrue\r\n"[""x""]"\r\n',
    );
  });

  it('is in one row with the others of its item, whatever it holds', () => {
    const text = toCsv({ columns: ['a', 'b'], rows: [['one\r\ntwo', 'x,y']] });
    expect(text).toBe('a,b\r\n"one\r\ntwo","x,y"\r\n');
  });

  it('comes with headings, also when there are no rows, and as a file', () => {
    const empty = asCsv(toCsv({ columns: ['a', 'b'], rows: [] }), 'listRuns');
    expect(empty.text).toBe('a,b\r\n');
    expect(empty.headers?.['content-disposition']).toBe('attachment; filename="listRuns.csv"');
  });
});

it.each([
  [undefined, false],
  ['*/*', false],
  ['application/json', false],
  ['text/csv', true],
  ['TEXT/CSV; header=present', true],
  ['text/csv;q=0.5, application/json;q=0.4', true],
  ['text/csv, application/json', false],
  ['text/csv;q=0', false],
  ['text/csv;q=nonsense', false],
])('CSV is wanted by Accept: %s — %s', (accept, wanted) => {
  expect(wantsCsv(accept)).toBe(wanted);
});
