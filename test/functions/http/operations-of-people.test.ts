import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, type PeopleOperations } from '#functions/http/people/operations.ts';
import type { RoleBody } from '#shared/access/index.ts';
import { authenticatedPerson, openPerson } from '#shared/identity/index.ts';
import {
  type DirectoryBench,
  directoryBench,
  HOW,
  ISSUER,
  loginOf,
  SETUP,
} from '../../shared/identity/directory-bench.ts';
import { openDynamoStore } from '../../support/aws/dynamo-ledger.ts';

const SAMPLES = ['sample-clerk', 'sample-admin'].map((id) => ({
  id,
  login: { issuer: ISSUER, subject: id },
  name: `Sample ${id}`,
  roles: [id === 'sample-admin' ? 'Admin' : 'Team Member', 'paralegal'],
  workspaces: id === 'sample-admin' ? ('*' as const) : ['acme'],
}));
const PARALEGAL: RoleBody = {
  v: 'role/1',
  name: 'paralegal',
  says: 'reads runs',
  grants: [{ permissions: ['run.read'] }],
};

let bench: DirectoryBench;
let operations: PeopleOperations;
beforeEach(async () => {
  bench = await directoryBench({ begun: false });
  operations = connect(bench, bench.keyService);
});
afterEach(() => bench.close());
const actions = async () => (await bench.entries()).map(({ action }) => action);

describe('sample people', () => {
  it('are put into a directory that is begun for them, and can sign in', async () => {
    expect(await operations.seed(SAMPLES, SETUP)).toBe(2);
    await operations.seedRoles([PARALEGAL], SETUP);

    const { person, principal } = await authenticatedPerson(bench, loginOf('sample-clerk'), HOW);

    expect(principal).toMatchObject({
      id: 'sample-clerk',
      roles: ['Team Member', 'paralegal'],
      customRoles: [PARALEGAL],
      workspaces: ['acme'],
    });

    expect(await openPerson(bench, person)).toEqual({ name: 'Sample sample-clerk' });

    expect(await actions()).toEqual([
      'workspace.create',
      'person.seed',
      'person.seed',
      'role.seed',
    ]);

    expect(await bench.problems()).toEqual([]);
  });

  it('stay as they are at every later start', async () => {
    await operations.seed(SAMPLES, SETUP);
    expect(await connect(bench.another(), bench.keyService).seed(SAMPLES, SETUP)).toBe(0);
    expect(await actions()).toEqual(['workspace.create', 'person.seed', 'person.seed']);
  });
});

describe('in the cloud', () => {
  it('none of it is possible: the ledger refuses the entry, and with it the change', async () => {
    const store = await openDynamoStore();
    const cloud = connect({ ...bench.another(), ledger: store.ledger('people') }, bench.keyService);
    for (const act of [() => cloud.seed(SAMPLES, SETUP), () => cloud.seedRoles([PARALEGAL], SETUP)])
      await expect(act()).rejects.toMatchObject({ code: 'audit.embedded-only', fate: 'refuse' });
    const targets = ['person#platform#people#sample-clerk', 'role#platform#people#paralegal'];
    expect(await store.ledger('people').read(targets)).toEqual([undefined, undefined]);
    await store.close();
  });
});
