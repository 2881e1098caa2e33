import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verify } from '#cli/verify/verify.ts';
import { idempotent, settle, temporaryFolder, workbench } from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';
import { unguarded } from '../../support/unguarded.ts';
import { within } from '../within.ts';

/** A ledger in which somebody approved at a gate. */
let whole: Buffer;
beforeAll(async () => {
  const folder = temporaryFolder();
  const bench = await workbench(paymentFlow(), { folder, vendors: idempotent() });

  await bench.seedRollout('exceptions');
  await bench.start({ idempotencyKey: 'one', input: input({ amount: 5_000 }) });
  await settle(bench);

  const [open] = await bench.openGates();
  if (open === undefined) throw new Error('no gate is open');

  const { key, gate, seen } = open;
  const alice = {
    actor: { kind: 'user', id: 'alice', auth: 'embedded' },
    roles: [gate.decidedBy],
  } as const;

  await bench.decide(alice, {
    key,
    gate: gate.gate,
    seen,
    outcome: 'approved',
    reason: 'the buyer confirmed it',
  });

  await settle(bench);
  bench.store.close();
  whole = readFileSync(join(folder, 'ledger.db'));
});

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'ledger.db'), whole);
});

async function problems(): Promise<readonly string[]> {
  const { code, stdout } = await within([verify], 'verify', '--data', folder, '--json');
  const told = (JSON.parse(stdout) as { problems: string[] }).problems;
  expect(code).toBe(told.length === 0 ? 0 : 1);
  return told;
}

describe('writ verify', () => {
  it('finds nothing wrong with a decision that stands as its entry says', async () => {
    expect(await problems()).toEqual([]);
  });

  it.each([
    ['person', '"id":"alice"', '"id":"mallo"', 'actor'],
    ['kind of person', '"kind":"user"', '"kind":"link"', 'kind of actor'],
    ['workspace', '"workspace":"bench"', '"workspace":"xench"', 'workspace'],
    ['outcome', '"code":"gate.approved"', '"code":"gate.rejected"', 'code'],
    ['outcome among the changes', '"after":"approved"', '"after":"rejected"', 'outcome'],
    ['reason', 'the buyer confirmed it', 'the buyer confirmed is', 'reason'],
    ['action', '"action":"gate.decide"', '"action":"gate.read"', 'does not say so'],
  ])(
    'finds an entry of a decision in which another %s was written',
    async (_, before, after, told) => {
      unguarded(folder, (db) => {
        const changed = db
          .prepare(
            `UPDATE trail SET entry = CAST(replace(CAST(entry AS TEXT), ?, ?) AS BLOB) WHERE CAST(entry AS TEXT) LIKE '%"action":"gate.decide"%'`,
          )
          .run(before, after);
        expect(changed.changes).toBe(1);
      });

      const found = await problems();
      expect(found).toEqual([expect.stringContaining(told)]);
      // what they say may be read by fewer people
      expect(found.join()).not.toMatch(/alice|mallo|buyer/);
    },
  );

  it('finds an entry of a decision that was moved to another day', async () => {
    unguarded(folder, (db) => {
      const row = db
        .prepare(
          `SELECT rowid AS id, time FROM trail WHERE CAST(entry AS TEXT) LIKE '%"action":"gate.decide"%'`,
        )
        .get();

      const { id, time } = row as { id: number; time: number };
      const earlier = time - 86_400_000;

      db.prepare(
        'UPDATE trail SET time = ?, entry = CAST(replace(CAST(entry AS TEXT), ?, ?) AS BLOB) WHERE rowid = ?',
      ).run(earlier, `"time":${time}`, `"time":${earlier}`, id);
    });
    expect(await problems()).toEqual([expect.stringContaining('time')]);
  });

  it.each<[string, string]>([
    [
      'asked for the run',
      `UPDATE document SET body = CAST(replace(CAST(body AS TEXT), '"approver"', '"requester"') AS BLOB)`,
    ],
    ['takes no part in it', 'DELETE FROM document'],
    ['took another part before', 'UPDATE document SET rev = 2'],
  ])('finds a decision of somebody who %s', async (_, change) => {
    unguarded(folder, (db) => {
      expect(db.prepare(`${change} WHERE target LIKE 'participant#%.alice'`).run().changes).toBe(1);
    });

    const found = await problems();

    expect(found).toContainEqual(
      expect.stringMatching(/is not reliable: .* which it made: part in the run$/),
    );
    expect(found.join()).not.toMatch(/buyer/);
  });
});
