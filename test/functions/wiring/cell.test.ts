import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ledgerOfCell } from '#functions/wiring/cell.ts';
import { target, workspaceTarget } from '#shared/engine/index.ts';
import { directoryTarget } from '#shared/identity/index.ts';
import { systemClock, systemRandom, systemTimers } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import type { Ledger } from '#shared/ledger/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'writ-cell-'));
const store = new SqliteStore({
  folder,
  clock: systemClock,
  random: systemRandom(),
  timers: systemTimers,
  walPages: 0,
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** Kept under these keys, of two workspaces and of the directory. */
const keysOf = (workspace: string) => [
  target.run({ automation: 'refund', workspace, run: 'r1' }),
  target.fields({ automation: 'refund', workspace, run: 'r1' }, 'internal'),
  target.gate({ automation: 'refund', workspace, run: 'r1' }, 'first'),
  target.control({ automation: 'refund', workspace }),
  workspaceTarget(workspace),
  `key#personal#${workspace}`,
  `key#personal#${workspace}#s1`,
];
const OWN = [
  ...keysOf('acme'),
  directoryTarget.person('p1'),
  directoryTarget.firstAdmin,
  'key#token#people',
];
const OTHERS = keysOf('globex');

describe('the ledger of a cell', () => {
  const plain = store.ledger({ name: 'runs', bundle: '0'.repeat(64) });
  const asked: string[] = [];

  const watched: Ledger = {
    identity: plain.identity,
    commit: (commit) => plain.commit(commit),
    query: (query) => plain.query(query),
    send: (messages) => plain.send(messages),
    read: (targets) => {
      asked.push(...targets);
      return plain.read(targets);
    },
  };

  it('has what is of its workspace and of the directory, each in its place, and nothing of another', async () => {
    const changes = [...OWN, ...OTHERS].map((key) => ({
      op: 'insert' as const,
      target: key,
      body: { key },
    }));

    const actor = { kind: 'service', id: 'runs' } as const;

    await plain.commit({
      changes,
      entries: [{ workspace: 'acme', actor, action: 'record.import', outcome: 'ok' }],
    });

    const mixed = OWN.flatMap((own, i) => [OTHERS[i] ?? own, own]);
    const cell = ledgerOfCell(watched, 'acme');

    expect((await cell.read(mixed)).map((document) => document?.target)).toEqual(
      mixed.map((key) => (OTHERS.includes(key) ? undefined : key)),
    );
    await expect(cell.read(OTHERS)).resolves.toEqual(OTHERS.map(() => undefined));
    expect(asked.filter((key) => OTHERS.includes(key))).toEqual([]);
  });
});
