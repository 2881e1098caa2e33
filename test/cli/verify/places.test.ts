import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verify } from '#cli/verify/verify.ts';
import { openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import { createWorkspace } from '#shared/engine/index.ts';
import { directoryTarget, enrol, PEOPLE, seedRole } from '#shared/identity/index.ts';
import { systemRandom } from '#shared/kernel/index.ts';
import { idempotent, settle, temporaryFolder, workbench } from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';
import { swapDirectoryRows } from '../../support/swap-directory-rows.ts';
import { within } from '../within.ts';

const SETUP = { kind: 'service', id: 'setup' } as const;

/**
 * A ledger with documents of every kind that is found by more than its key: two runs that wait at a
 * gate, people, a role, workspaces.
 */
let whole: Buffer;
beforeAll(async () => {
  const folder = temporaryFolder();
  const bench = await workbench(paymentFlow(), { folder, vendors: idempotent() });

  await bench.seedRollout('exceptions');

  for (const payeeId of ['payee-1', 'payee-2'])
    await bench.start({ idempotencyKey: payeeId, input: input({ payeeId, amount: 5_000 }) });

  await settle(bench);

  const ports = bench.ports('people');

  await createWorkspace(ports, {
    keyService: openKeyFile(join(folder, 'root.key'), systemRandom()),
    workspace: PEOPLE,
    actor: SETUP,
    reserved: true,
  });

  for (const id of ['alice', 'bob']) {
    const login = { issuer: 'https://login.example.com', subject: id };

    await enrol(
      ports,
      { id, login, roles: ['Client'], workspaces: ['bench'] },
      { actor: SETUP, action: 'person.seed' },
    );
  }

  const grants = [{ permissions: ['run.read'] }];

  await seedRole(ports, { v: 'role/1', name: 'paralegal', says: 'reads runs', grants }, SETUP);
  bench.store.close();
  whole = readFileSync(join(folder, 'ledger.db'));
});

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'ledger.db'), whole);
});

function tamper(sql: string): void {
  const db = new DatabaseSync(join(folder, 'ledger.db'));
  db.exec(sql);
  expect(db.prepare('SELECT total_changes() AS changed').get()?.changed).toBeGreaterThan(0);
  db.close();
}

async function problems(): Promise<readonly string[]> {
  const { code, stdout } = await within([verify], 'verify', '--data', folder, '--json');
  const told = (JSON.parse(stdout) as { problems: string[] }).problems;
  expect(code).toBe(told.length === 0 ? 0 : 1);
  return told;
}

const ELSEWHERE = 'would be found in another list or at another time than it says, or not at all';

describe('writ verify', () => {
  it('finds nothing wrong where every document stands where it was put', async () => {
    const db = new DatabaseSync(join(folder, 'ledger.db'));
    const found = db.prepare(
      "SELECT substr(target, 1, instr(target, '#') - 1) AS kind, count(list) AS listed, count(due_at) AS due FROM document GROUP BY kind HAVING listed + due > 0",
    );

    expect(found.all().map((row) => ({ ...row }))).toEqual([
      { kind: 'gate', listed: 2, due: 0 },
      { kind: 'person', listed: 2, due: 0 },
      { kind: 'role', listed: 1, due: 0 },
      { kind: 'run', listed: 2, due: 0 },
      { kind: 'timer', listed: 0, due: 2 },
      { kind: 'workspace', listed: 1, due: 0 },
    ]);

    db.close();
    expect(await problems()).toEqual([]);
  });

  it.each([
    ['logins', `token#${PEOPLE}#login.`],
    ['subjects', 'token#bench#payee.'],
  ])(
    'finds two rows of the directory of %s that were swapped, and tells no key of them',
    async (_, beginning) => {
      swapDirectoryRows(folder, beginning);

      const told = await problems();

      expect(told).toEqual(
        Array.from({ length: 2 }, () =>
          expect.stringMatching(
            /^document token#\w+#~\w{26} is stored under the key of another row of the directory$/,
          ),
        ),
      );

      expect(told.join()).not.toContain(beginning);
    },
  );

  it('finds a document in the place of a row of the directory', async () => {
    const person = directoryTarget.person('alice');
    tamper(
      `UPDATE document SET target = 'token#${PEOPLE}#login.${'x'.repeat(43)}' WHERE target = '${person}'`,
    );
    expect(await problems()).toContain(
      `document ${person} is stored under the key of another row of the directory`,
    );
  });

  it.each(['gate', 'run', 'person', 'role', 'workspace'])(
    'finds a %s that was taken out of its list, or moved in it',
    async (kind) => {
      for (const change of ['list = NULL', "list = 'another'", "sort = '0'"]) {
        writeFileSync(join(folder, 'ledger.db'), whole);
        tamper(
          `UPDATE document SET ${change} WHERE rowid = (SELECT rowid FROM document WHERE target LIKE '${kind}#%' AND list IS NOT NULL)`,
        );
        expect(await problems()).toEqual([
          expect.stringMatching(new RegExp(`^document ${kind}#.* ${ELSEWHERE}$`)),
        ]);
      }
    },
  );

  it.each([
    ['is never due', 'due_at = NULL'],
    ['is due at another time', 'due_at = due_at + 1'],
    ['is due at a time beyond all numbers', 'due_at = 9223372036854775807'],
    ['is due for another automation', "automation = 'another'"],
  ])('finds a timer that %s', async (_, change) => {
    tamper(
      `UPDATE document SET ${change} WHERE rowid = (SELECT rowid FROM document WHERE target LIKE 'timer#%')`,
    );
    expect(await problems()).toEqual([
      expect.stringMatching(new RegExp(`^document timer#.* ${ELSEWHERE}$`)),
    ]);
  });

  it('finds a document in a list that it never was in', async () => {
    tamper(
      `UPDATE document SET list = 'workspaces', sort = 'people' WHERE target = 'workspace#platform#${PEOPLE}#main'`,
    );
    expect(await problems()).toEqual([`document workspace#platform#${PEOPLE}#main ${ELSEWHERE}`]);
  });

  it('tells 20 of many such documents, and does not stumble over one that is no object', async () => {
    tamper("UPDATE document SET automation = 'another'");
    expect((await problems()).filter((told) => told.endsWith(ELSEWHERE))).toHaveLength(20);
    writeFileSync(join(folder, 'ledger.db'), whole);
    for (const body of ['null', '"text"', 'no JSON', '[]']) {
      tamper(`UPDATE document SET body = CAST('${body}' AS BLOB)`);
      expect((await problems()).join()).toContain(
        'no entry records the current state of the document',
      );
    }
  });
});
