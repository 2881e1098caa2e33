import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Bank } from '#cli/demo/bank.ts';

const folder = mkdtempSync(join(tmpdir(), 'writ-bank-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('keeps its payments in a file that only its owner can read', async () => {
  const book = join(folder, 'bank-payments');
  const bank = new Bank('token', {}, book);
  const url = await bank.open();
  const body = JSON.stringify({ amount: 100, currency: 'EUR', reference: 'R-1', creditor: 'Supplier' });
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
