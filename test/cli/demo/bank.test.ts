import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Bank } from '#cli/demo/bank.ts';

const folder = mkdtempSync(join(tmpdir(), 'writ-bank-'));
afterAll(() => rmSync(folder, { recursive: true }));

const line = (key: string, number: number) =>
  `${JSON.stringify({ paymentId: `pay-000${number}`, key, amount: 1, currency: 'EUR', reference: 'R', creditor: 'C' })}\n`;

/** Pays once more on a book, and gives what the bank has then and when it is opened again. */
async function payOn(bytes: string | Buffer, key: string) {
  const book = join(folder, 'torn');

  writeFileSync(book, bytes);

  const bank = new Bank('token', {}, book);
  const url = await bank.open();
  const headers = { authorization: 'Bearer token', 'idempotency-key': key };
  const body = JSON.stringify({ amount: 1, currency: 'EUR', reference: 'R', creditor: 'C' });
  const { status } = await fetch(`${url}/payments`, { method: 'POST', headers, body });

  bank.close();

  const again = new Bank('token', {}, book);

  return { status, keys: bank.payments.map((each) => each.key), again: again.payments };
}

test('opens a book that was cut off at any byte, forgets no payment that it told of, and writes on', async () => {
  const whole = Buffer.from(line('one', 1) + line('two', 2));
  const first = line('one', 1).length;
  for (let at = first; at <= whole.length; at += 7) {
    const { status, keys, again } = await payOn(whole.subarray(0, at), 'two');
    expect([at, status, keys]).toEqual([at, 201, ['one', 'two']]);
    expect(again.map(({ key }) => key)).toEqual(['one', 'two']);
  }
});

test.each([
  ['a line that is no JSON', '{"paymentId":"pay-0001","ke\n'],
  ['two lines in one', `{"paymentId":"pay-00${line('glued', 2)}`],
  ['zeros, as after a loss of power', '\0'.repeat(512)],
  ['what is no payment', 'null\n17\n[]\n{"key":1}\n'],
])('passes over %s, and gives no number twice', async (_, damage) => {
  const { status, again } = await payOn(
    `${line('one', 1)}${damage}${damage.endsWith('\n') ? line('two', 3) : ''}`,
    'three',
  );

  expect(status).toBe(201);
  expect(again.map(({ key }) => key)).toEqual(
    damage.endsWith('\n') ? ['one', 'two', 'three'] : ['one', 'three'],
  );
  expect(new Set(again.map(({ paymentId }) => paymentId)).size).toBe(again.length);
});

test('keeps its payments in a file that only its owner can read', async () => {
  const book = join(folder, 'bank-payments');
  const bank = new Bank('token', {}, book);
  const url = await bank.open();

  const body = JSON.stringify({
    amount: 100,
    currency: 'EUR',
    reference: 'R-1',
    creditor: 'Supplier',
  });

  const answer = await fetch(`${url}/payments`, {
    method: 'POST',
    headers: { authorization: 'Bearer token', 'idempotency-key': 'one' },
    body,
  });

  bank.close();
  expect(answer.status).toBe(201);
  expect(statSync(book).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(book, 'utf8'))).toMatchObject({ key: 'one', amount: 100 });
});
