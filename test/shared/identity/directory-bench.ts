import { join } from 'node:path';
import { type Actor, checkTrail, type Entry } from '#shared/audit/index.ts';
import { createKeyFile, openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import { WorkspaceKeys } from '#shared/crypto/index.ts';
import { createWorkspace } from '#shared/engine/index.ts';
import { type FirstAdminPorts, type Login, PEOPLE } from '#shared/identity/index.ts';
import { ManualClock, parseJson, systemRandom, systemTimers } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import type { Ledger } from '#shared/ledger/index.ts';
import { newFolder } from '../ledger/folder.ts';
import { NOW } from './test-issuer.ts';

export const ISSUER = 'https://login.example.com';
export const SETUP: Actor = { kind: 'service', id: 'setup' };
export const HOW = { auth: 'oidc', origin: 'DE' } as const;

/** A good login of an account, as of {@link NOW}. */
export const loginOf = (subject: string, more: Partial<Login> = {}): Login => ({
  issuer: ISSUER,
  subject,
  issuedAt: NOW - 10_000,
  session: `session-of-${subject}`,
  methods: [],
  ...more,
});

export interface DirectoryBench extends FirstAdminPorts {
  readonly folder: string;
  readonly clock: ManualClock;
  readonly store: SqliteStore;
  /** The same directory through another instance of a function: a ledger and keys of its own. */
  another(): FirstAdminPorts;
  /** Every entry so far. */
  entries(): Promise<readonly Entry[]>;
  /** What does not fit together in the trail. */
  problems(): Promise<readonly unknown[]>;
  close(): void;
}

/** An empty ledger in a file; with `begun` the workspace of people is there. */
export async function directoryBench({ begun = true } = {}): Promise<DirectoryBench> {
  const { folder, discard } = newFolder();
  const random = systemRandom();
  const clock = new ManualClock(NOW);
  const store = new SqliteStore({ folder, clock, random, timers: systemTimers, walPages: 0 });

  createKeyFile(join(folder, 'root.key'), random);

  const keyService = openKeyFile(join(folder, 'root.key'), random);

  const another = (): FirstAdminPorts => ({
    ledger: store.ledger({ name: 'people', bundle: 'b'.repeat(64) }),
    keys: new WorkspaceKeys(keyService, clock),
    keyService,
    random,
  });

  const ports = another();

  if (begun)
    await createWorkspace(ports, { keyService, workspace: PEOPLE, actor: SETUP, reserved: true });

  return {
    ...ports,
    folder,
    clock,
    store,
    another,
    async entries() {
      const all: Entry[] = [];
      for await (const { bytes } of store.all()) all.push(parseJson(bytes) as unknown as Entry);
      return all;
    },
    problems: async () => (await checkTrail(store.all(), store.standing())).problems,
    close() {
      store.close();
      discard();
    },
  };
}

/** A ledger of which some methods are others. */
export function withOther(ledger: Ledger, other: Partial<Ledger>): Ledger {
  return {
    identity: ledger.identity,
    commit: (commit) => ledger.commit(commit),
    read: (targets) => ledger.read(targets),
    query: (query) => ledger.query(query),
    send: (messages) => ledger.send(messages),
    ...other,
  };
}
