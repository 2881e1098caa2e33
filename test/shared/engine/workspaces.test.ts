import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Actor, Entry } from '#shared/audit/index.ts';
import { createKeyFile, openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import { type KeyService, WorkspaceKeys } from '#shared/crypto/index.ts';
import {
  createWorkspace,
  importRecords,
  seedRollout,
  WORKSPACES,
  workspaceTarget,
} from '#shared/engine/index.ts';
import { ManualClock, parseJson, systemRandom, systemTimers } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import type { Ledger } from '#shared/ledger/index.ts';
import { paymentFlow } from '../../support/payment-flow.ts';
import { newFolder } from '../ledger/folder.ts';

const ADMIN: Actor = { kind: 'user', id: 'admin', auth: 'oidc' };

let discard: () => void;
let store: SqliteStore;
let service: KeyService;
beforeEach(() => {
  const { folder, discard: away } = newFolder();
  discard = away;

  const random = systemRandom();

  store = new SqliteStore({
    folder,
    clock: new ManualClock(Date.UTC(2026, 0, 2)),
    random,
    timers: systemTimers,
    walPages: 0,
  });

  createKeyFile(join(folder, 'root.key'), random);
  service = openKeyFile(join(folder, 'root.key'), random);
});
afterEach(() => {
  store.close();
  discard();
});

const ledger = (): Ledger => store.ledger({ name: 'workspaces', bundle: 'a'.repeat(64) });
const create = (name: string, more: Partial<Parameters<typeof createWorkspace>[1]> = {}) =>
  createWorkspace(
    { ledger: ledger() },
    { keyService: service, workspace: name, actor: ADMIN, ...more },
  );
const listed = async () =>
  (await ledger().query({ by: 'list', list: WORKSPACES, limit: 100 })).documents.map(
    ({ body }) => body,
  );

async function entries(): Promise<readonly Entry[]> {
  const all: Entry[] = [];
  for await (const { bytes } of store.all()) all.push(parseJson(bytes) as unknown as Entry);
  return all;
}

describe('a workspace', () => {
  it('is found in the list of workspaces, in the order of names, with its attributes', async () => {
    await create('globex', { attributes: { tier: 'gold' } });
    await create('acme');
    expect(await listed()).toEqual([
      { v: 'workspace/1', name: 'acme' },
      { v: 'workspace/1', name: 'globex', attributes: { tier: 'gold' } },
    ]);
  });

  it('comes with an entry that tells its attributes and why it was allowed', async () => {
    await create('acme', {
      attributes: { tier: 'gold' },
      why: { policies: ['admin-creates-workspaces'] },
    });

    expect(await entries()).toMatchObject([
      {
        workspace: 'acme',
        actor: ADMIN,
        action: 'workspace.create',
        outcome: 'ok',
        why: { policies: ['admin-creates-workspaces'] },
      },
    ]);

    const [entry] = await entries();

    expect(entry?.changes?.[0]).toMatchObject({
      target: workspaceTarget('acme'),
      diff: [{ field: 'attributes', after: { tier: 'gold' } }],
    });
  });

  it('is made once: a second time changes nothing, whatever it asks for', async () => {
    expect(await create('acme', { attributes: { tier: 'gold' } })).toBe(true);

    const keys = await ledger().read(['key#personal#acme', 'key#token#acme']);

    expect(await create('acme', { attributes: { tier: 'iron' } })).toBe(false);
    expect(await ledger().read(['key#personal#acme', 'key#token#acme'])).toEqual(keys);
    expect(await listed()).toEqual([
      { v: 'workspace/1', name: 'acme', attributes: { tier: 'gold' } },
    ]);
    expect(await entries()).toHaveLength(1);
  });

  it('is made once by sixteen at the same time, and the others learn that it is there', async () => {
    const made = await Promise.all(Array.from({ length: 16 }, () => create('acme')));
    expect(made.filter((fresh) => fresh)).toHaveLength(1);
    expect(await entries()).toHaveLength(1);
  });

  it.each(['people', 'platform'])(
    'is not called "%s", which is the platform\'s own',
    async (name) => {
      await expect(create(name)).rejects.toMatchObject({
        code: 'workspace.reserved',
        fate: 'refuse',
        facts: { workspace: name },
      });
      expect([await entries(), (await ledger().read([workspaceTarget(name)]))[0]]).toEqual([
        [],
        undefined,
      ]);
    },
  );

  it.each(['people', 'platform'])(
    'of the platform itself, "%s", takes no records and no rollout',
    async (workspace) => {
      const ports = {
        ledger: ledger(),
        keys: new WorkspaceKeys(service, new ManualClock(0)),
        random: systemRandom(),
      };

      await expect(
        importRecords(ports, paymentFlow(), {
          workspace,
          collection: 'limit',
          records: [],
          actor: ADMIN,
        }),
      ).rejects.toMatchObject({ code: 'workspace.reserved' });

      const place = { automation: 'payment', workspace };

      await expect(
        seedRollout(ports, { ...place, rollout: 'supervised', actor: ADMIN }),
      ).rejects.toMatchObject({
        code: 'workspace.reserved',
      });
      expect(await entries()).toEqual([]);
    },
  );

  it('of the platform itself has keys like any other, and is in no list', async () => {
    expect(await create('people', { reserved: true })).toBe(true);

    const rows = await ledger().read([
      workspaceTarget('people'),
      'key#personal#people',
      'key#token#people',
    ]);

    expect(rows.map((row) => row !== undefined)).toEqual([true, true, true]);
    expect(await listed()).toEqual([]);
  });

  it.each([
    '',
    'Acme',
    'ac me',
    'acme#1',
    'acme.1',
    '1acme',
    'x'.repeat(33),
    'constructor',
    '__proto__',
  ])('is not called "%s"', async (name) => {
    await expect(create(name)).rejects.toMatchObject({ code: 'name.invalid' });
  });
});
