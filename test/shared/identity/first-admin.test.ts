import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkTrail } from '#shared/audit/index.ts';
import { createKeyFile, openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import { WorkspaceKeys } from '#shared/crypto/index.ts';
import { WORKSPACES } from '#shared/engine/index.ts';
import {
  authenticatedPerson,
  claimFirstAdmin,
  directoryList,
  directoryTarget,
  enrol,
  type FirstAdminPorts,
  PEOPLE,
  type PersonBody,
} from '#shared/identity/index.ts';
import { type Json, systemRandom } from '#shared/kernel/index.ts';
import { openDynamoStore } from '../../support/aws/dynamo-ledger.ts';
import { newFolder } from '../ledger/folder.ts';
import {
  type DirectoryBench,
  directoryBench,
  HOW,
  ISSUER,
  loginOf,
  SETUP,
  withOther,
} from './directory-bench.ts';

const CLAIM = { ...HOW, trace: 'request-1' };

let bench: DirectoryBench;
beforeEach(async () => {
  bench = await directoryBench({ begun: false });
});
afterEach(() => bench.close());

const claim = (
  subject: string,
  named: string | undefined = 'alice',
  ports: FirstAdminPorts = bench,
) => claimFirstAdmin(ports, loginOf(subject), named, CLAIM);
const actions = async () => (await bench.entries()).map(({ action }) => action);

describe('the first admin', () => {
  it('is whom the deployment names: begins the directory, is Admin of every workspace, and is known from the next request on', async () => {
    await expect(authenticatedPerson(bench, loginOf('alice'), HOW)).rejects.toMatchObject({
      code: 'identity.unknown',
    });

    const { person, first } = await claim('alice');

    expect([first, person]).toMatchObject([
      true,
      { roles: ['Admin'], workspaces: '*', attributes: {}, active: true },
    ]);

    const { principal } = await authenticatedPerson(bench.another(), loginOf('alice'), HOW);
    expect(principal).toMatchObject({ id: person.id, roles: ['Admin'], workspaces: '*' });
    expect(await bench.problems()).toEqual([]);
  });

  it('is told in the trail, by themselves, with nothing of their account', async () => {
    const { person } = await claim('alice');
    const entries = await bench.entries();

    expect(entries.map(({ action, workspace }) => [action, workspace])).toEqual([
      ['workspace.create', PEOPLE],
      ['person.first-admin', PEOPLE],
    ]);

    expect(entries[1]).toMatchObject({
      actor: {
        kind: 'user',
        id: person.id,
        auth: 'oidc',
        session: 'session-of-alice',
        origin: 'DE',
      },
      outcome: 'ok',
      trace: 'request-1',
      targets: [{ kind: 'person', id: person.id }],
    });

    expect(entries[1]?.changes?.map(({ target }) => target)).toContain(directoryTarget.firstAdmin);
    expect(JSON.stringify(entries).replaceAll('session-of-alice', '')).not.toContain('alice');
  });

  it('is nobody where the deployment names nobody, and nobody else, however alike', async () => {
    for (const [subject, named] of [
      ['alice', undefined],
      ['alice', ''],
      ['mallory', 'alice'],
      ['Alice', 'alice'],
      ['alice ', 'alice'],
    ] as const)
      await expect(claimFirstAdmin(bench, loginOf(subject), named, CLAIM)).rejects.toMatchObject({
        code: 'identity.not-first-admin',
        fate: 'refuse',
        facts: {},
      });

    expect(await actions()).toEqual([]);
    await claim('alice');
    await expect(claim('mallory')).rejects.toMatchObject({ code: 'identity.not-first-admin' });
    expect(await actions()).toEqual(['workspace.create', 'person.first-admin']);
  });

  it('is answered as done when they ask again, and nothing is written twice', async () => {
    const { person } = await claim('alice');
    for (let i = 0; i < 2; i++)
      expect(await claim('alice', 'alice', bench.another())).toEqual({ person, first: false });
    expect(await actions()).toEqual(['workspace.create', 'person.first-admin']);
  });

  it('is the first for good: naming somebody else later makes no second one', async () => {
    await claim('alice');
    await expect(claim('bob', 'bob')).rejects.toMatchObject({
      code: 'identity.first-admin-taken',
      fate: 'refuse',
    });

    await expect(authenticatedPerson(bench, loginOf('bob'), HOW)).rejects.toMatchObject({
      code: 'identity.unknown',
    });
    expect(
      (await bench.ledger.query({ by: 'list', list: directoryList.people, limit: 10 })).documents,
    ).toHaveLength(1);
  });

  it('does not come back by asking again when they were put out', async () => {
    const { person } = await claim('alice');
    const target = directoryTarget.person(person.id);
    const [at] = await bench.ledger.read([target]);
    if (at === undefined) throw new Error('not there');

    const body = { ...(at.body as unknown as PersonBody), active: false } as unknown as Json;

    await bench.ledger.commit({
      changes: [{ op: 'replace', target, at, body }],
      entries: [{ workspace: PEOPLE, actor: SETUP, action: 'person.seed', outcome: 'ok' }],
    });

    await expect(claim('alice')).rejects.toMatchObject({ code: 'identity.unknown' });
  });

  it('is no one who is in the directory as somebody else: their roles do not grow', async () => {
    const other = await directoryBench();

    await enrol(
      other,
      {
        id: 'clerk',
        login: { issuer: ISSUER, subject: 'alice' },
        roles: ['Team Member'],
        workspaces: ['acme'],
      },
      { actor: SETUP, action: 'person.seed' },
    );

    await expect(claimFirstAdmin(other, loginOf('alice'), 'alice', CLAIM)).rejects.toMatchObject({
      code: 'person.taken',
    });
    expect((await authenticatedPerson(other, loginOf('alice'), HOW)).principal.roles).toEqual([
      'Team Member',
    ]);
    expect((await other.ledger.read([directoryTarget.firstAdmin]))[0]).toBeUndefined();
    other.close();
  });

  it('can be claimed again after a claim that was cut off between its two commits', async () => {
    let commits = 0;
    const ledger = withOther(bench.ledger, {
      commit: (commit) =>
        commits++ === 0 ? bench.ledger.commit(commit) : Promise.reject(new Error('cut off')),
    });

    await expect(claim('alice', 'alice', { ...bench, ledger })).rejects.toThrow('cut off');
    await expect(authenticatedPerson(bench, loginOf('alice'), HOW)).rejects.toMatchObject({
      code: 'identity.unknown',
    });
    expect((await claim('alice')).first).toBe(true);
    expect(await actions()).toEqual(['workspace.create', 'person.first-admin']);
  });

  it('has no workspace of the platform among those that are listed', async () => {
    await claim('alice');
    expect(
      (await bench.ledger.query({ by: 'list', list: WORKSPACES, limit: 10 })).documents,
    ).toEqual([]);
  });
});

describe('sixteen claims at once', () => {
  /** All by the same person, each through an instance of its own. */
  async function together(another: () => FirstAdminPorts): Promise<readonly string[]> {
    const all = await Promise.all(
      Array.from({ length: 16 }, () =>
        claimFirstAdmin(another(), loginOf('alice'), 'alice', CLAIM),
      ),
    );

    expect(all.filter(({ first }) => first)).toHaveLength(1);

    const ids = new Set(all.map(({ person }) => person.id));
    expect(ids.size).toBe(1);

    return [...ids];
  }

  it('make one first admin, on SQLite', async () => {
    const [id] = await together(() => bench.another());

    expect(await actions()).toEqual(['workspace.create', 'person.first-admin']);

    const { documents } = await bench.ledger.query({
      by: 'list',
      list: directoryList.people,
      limit: 10,
    });

    expect(documents.map(({ target }) => target)).toEqual([directoryTarget.person(id ?? '')]);
    expect(await bench.problems()).toEqual([]);
  });

  it('make one first admin, on DynamoDB', async () => {
    const store = await openDynamoStore();
    const { folder, discard } = newFolder();
    const random = systemRandom();

    createKeyFile(join(folder, 'root.key'), random);

    const keyService = openKeyFile(join(folder, 'root.key'), random);

    await together(() => ({
      ledger: store.ledger('people'),
      keys: new WorkspaceKeys(keyService, store.clock),
      keyService,
      random,
    }));

    const report = await checkTrail(store.trail.all(), store.trail.standing());

    expect([report.problems, report.entries]).toEqual([[], 2]);
    discard();
    await store.close();
  });
});
