import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { authenticatedPerson, enrol, type NewPerson, PEOPLE } from '#shared/identity/index.ts';
import { canonicalJson } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import { swapDirectoryRows } from '../../support/swap-directory-rows.ts';
import { directoryBench, HOW, ISSUER, loginOf, SETUP } from './directory-bench.ts';

const person = (id: string): NewPerson => ({
  id,
  login: { issuer: ISSUER, subject: id },
  roles: ['Client'],
  workspaces: ['acme'],
});

it('lets nobody in as somebody else, nor at all, when the rows of their logins were swapped', async () => {
  const bench = await directoryBench();
  for (const id of ['alice', 'bob'])
    await enrol(bench, person(id), { actor: SETUP, action: 'person.seed' });

  expect((await authenticatedPerson(bench, loginOf('alice'), HOW)).person.id).toBe('alice');
  bench.store.close();
  swapDirectoryRows(bench.folder, `token#${PEOPLE}#login.`);

  const store = new SqliteStore({
    folder: bench.folder,
    clock: bench.clock,
    random: bench.random,
    walPages: 0,
  });

  const ports = { ...bench, ledger: store.ledger({ name: 'people', bundle: 'b'.repeat(64) }) };

  for (const id of ['alice', 'bob'])
    await expect(authenticatedPerson(ports, loginOf(id), HOW)).rejects.toMatchObject({
      code: 'identity.unknown',
      fate: 'refuse',
    });

  await enrol(ports, person('carol'), { actor: SETUP, action: 'person.seed' });
  expect((await authenticatedPerson(ports, loginOf('carol'), HOW)).person.id).toBe('carol');
  store.close();
  rmSync(bench.folder, { recursive: true });
});

it('keeps the key of a login, its hash and the salt out of the trail', async () => {
  const bench = await directoryBench();

  await enrol(bench, person('alice'), { actor: SETUP, action: 'person.seed' });

  const entry = (await bench.entries()).at(-1);
  const row = entry?.changes?.find(({ target }) => target.startsWith('token#'));

  expect(row).toEqual({
    target: expect.stringMatching(/^token#people#~/),
    rev: 1,
    beforeC: null,
    afterC: expect.any(String),
  });

  expect(canonicalJson({ ...entry } as never)).not.toContain('login.');
  bench.close();
});
