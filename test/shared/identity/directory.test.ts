import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RoleBody } from '#shared/access/index.ts';
import { tokenTarget } from '#shared/crypto/index.ts';
import { workspaceSecret } from '#shared/engine/index.ts';
import {
  type AuthContext,
  authenticatedPerson,
  directoryList,
  directoryTarget,
  enrol,
  type Login,
  type NewPerson,
  openPeople,
  openPerson,
  PEOPLE,
  type PersonBody,
  seedRole,
  tokenVerifier,
} from '#shared/identity/index.ts';
import type { Json } from '#shared/kernel/index.ts';
import { shredSubject } from '#shared/privacy/index.ts';
import {
  type DirectoryBench,
  directoryBench,
  HOW,
  ISSUER,
  loginOf,
  SETUP,
  withOther,
} from './directory-bench.ts';
import { NOW, testIssuer } from './test-issuer.ts';

const SEED = { actor: SETUP, action: 'person.seed' } as const;
const PARALEGAL: RoleBody = {
  v: 'role/1',
  name: 'paralegal',
  says: 'reads runs of litigation',
  grants: [{ permissions: ['run.read', 'run.list'] }],
};
const UNKNOWN = {
  code: 'identity.unknown',
  fate: 'refuse',
  message: 'the directory knows no active person of this login',
  facts: {},
};

let bench: DirectoryBench;
beforeEach(async () => {
  bench = await directoryBench();
});
afterEach(() => bench.close());

const alice = (more: Partial<NewPerson> = {}): NewPerson => ({
  id: 'alice-1',
  login: { issuer: ISSUER, subject: 'alice' },
  roles: ['Team Member'],
  workspaces: ['acme'],
  ...more,
});
const standing = (login: Login = loginOf('alice')) => authenticatedPerson(bench, login, HOW);

/** Changes a person as an admin of a later release will. */
async function change(id: string, more: Partial<PersonBody>): Promise<void> {
  const target = directoryTarget.person(id);
  const [at] = await bench.ledger.read([target]);
  if (at === undefined) throw new Error(id);

  const body = { ...(at.body as object), ...more } as unknown as Json;

  await bench.ledger.commit({
    changes: [{ op: 'replace', target, at, body }],
    entries: [{ workspace: PEOPLE, actor: SETUP, action: 'person.seed', outcome: 'ok' }],
  });
}

describe('a person in the directory', () => {
  it('is found by their login, with what the directory says of them and nothing of what they claim', async () => {
    const person = await enrol(bench, alice({ attributes: { department: 'Legal' } }), SEED);

    expect(person).toEqual({
      v: 'person/1',
      id: 'alice-1',
      roles: ['Team Member'],
      workspaces: ['acme'],
      attributes: { department: 'Legal' },
      active: true,
      sessionsFrom: 0,
      subject: expect.stringMatching(/^[0-9a-z]{26}$/),
      sealed: {},
    });

    expect(await standing()).toEqual({
      person,
      principal: {
        id: 'alice-1',
        roles: ['Team Member'],
        customRoles: [],
        workspaces: ['acme'],
        attributes: { department: 'Legal' },
      },
      actor: {
        kind: 'user',
        id: 'alice-1',
        auth: 'oidc',
        session: 'session-of-alice',
        origin: 'DE',
      },
    });
  });

  it('is told in entries with the means by which they signed in, as far as their issuer says', async () => {
    await enrol(bench, alice(), SEED);

    const auth = async (methods: readonly string[], how: AuthContext = HOW) =>
      (await authenticatedPerson(bench, loginOf('alice', { methods }), how)).actor.auth;

    expect([await auth([]), await auth(['pwd']), await auth(['mfa', 'pwd'])]).toEqual([
      'oidc',
      'oidc-pwd',
      'oidc-mfa-pwd',
    ]);

    expect(await auth(['pwd'], { auth: 'embedded', origin: 'local' })).toBe('embedded');

    const issuer = await testIssuer();
    const amr =
      'face fpt geo hwk iris kba mca mfa otp pin pop pwd rba retina sc sms swk tel user vbm wia'.split(
        ' ',
      );

    const verifier = tokenVerifier({
      issuer: ISSUER,
      audience: ['api'],
      keys: { read: () => issuer.published() },
      clock: bench.clock,
    });

    const { actor } = await authenticatedPerson(
      bench,
      await verifier.verify(await issuer.sign({ amr })),
      HOW,
    );

    await bench.ledger.commit({
      entries: [{ workspace: PEOPLE, actor, action: 'person.read', outcome: 'ok' }],
    }); // the most there can be
    expect((await bench.entries()).at(-1)).toMatchObject({
      action: 'person.read',
      actor: { auth: `oidc-${amr.join('-')}` },
    });
  });

  it('is known at their issuer by their subject there, both exactly', async () => {
    await enrol(bench, alice(), SEED);

    for (const login of [
      loginOf('Alice'),
      loginOf('alice '),
      loginOf('alic'),
      loginOf('alice', { issuer: `${ISSUER}/` }),
      loginOf('alice', { issuer: 'https://other.example.com' }),
    ])
      await expect(standing(login)).rejects.toMatchObject(UNKNOWN);
  });

  it('gets a random id where none is given', async () => {
    const [one, other] = [
      await enrol(bench, alice({ id: undefined }), SEED),
      await enrol(bench, { ...alice({ id: undefined }), login: loginOf('bob') }, SEED),
    ];
    expect(one.id).toMatch(/^[0-9a-z]{26}$/);
    expect(other.id).not.toBe(one.id);
  });

  it('comes in one commit with its entry, which names no account', async () => {
    const person = await enrol(
      bench,
      alice({ login: { issuer: ISSUER, subject: 'alice@example.com' }, name: 'Alice Archer' }),
      {
        ...SEED,
        trace: 'request-1',
      },
    );

    const entries = await bench.entries();

    expect(entries.map(({ action }) => action)).toEqual(['workspace.create', 'person.seed']);

    const entry = entries[1];

    expect(entry).toMatchObject({
      workspace: PEOPLE,
      actor: SETUP,
      outcome: 'ok',
      classes: ['personal'],
      targets: [{ kind: 'person', id: 'alice-1' }],
      trace: 'request-1',
    });

    expect(entry?.changes?.map(({ target }) => target.replace(/~.*/, '~'))).toEqual([
      'person#platform#people#alice-1',
      'token#people#~',
      `key#personal#people#${person.subject}`,
    ]);

    expect(entry?.changes?.[0]?.diff?.map(({ field }) => field)).toEqual([
      'roles',
      'workspaces',
      'attributes',
      'active',
      'name',
    ]);

    expect(JSON.stringify(entries)).not.toMatch(/alice@|Archer/);
    expect(await bench.problems()).toEqual([]);
  });

  it('has name and address sealed: neither they nor the login are in the bytes of the data folder', async () => {
    const [name, email, subject] = [
      'Cordelia Canary',
      'cordelia@canary.example',
      'oidc|canary-4711',
    ];

    const person = await enrol(
      bench,
      alice({ name, email, login: { issuer: ISSUER, subject } }),
      SEED,
    );

    expect(await openPerson(bench.another(), person)).toEqual({ name, email });

    for (const before of [() => {}, () => bench.store.scrub()]) {
      before(); // with the log of the database as it is, and with everything in its place
      const bytes = readdirSync(bench.folder).map((file) => readFileSync(join(bench.folder, file)));
      expect(bytes.some((file) => file.includes('alice-1'))).toBe(true);
      for (const canary of ['Cordelia', 'Canary', 'cordelia@', 'canary-4711', ISSUER])
        expect(bytes.filter((file) => file.includes(canary))).toEqual([]);
    }
  });

  it.each([
    ['a name alone', { name: 'Alice' }],
    ['an address alone', { email: 'a@example.com' }],
    ['neither', {}],
  ])('may have %s', async (_, given) => {
    expect(await openPerson(bench, await enrol(bench, alice(given), SEED))).toEqual(given);
  });

  it('is opened with many others in as many reads as for one', async () => {
    const people: PersonBody[] = [];
    for (let i = 0; i < 8; i++)
      people.push(
        await enrol(
          bench,
          alice({ id: `p-${i}`, name: `Person ${i}`, login: { issuer: ISSUER, subject: `s${i}` } }),
          SEED,
        ),
      );

    const reads: number[] = [];

    const ledger = withOther(bench.ledger, {
      read: (targets) => {
        reads.push(targets.length);
        return bench.ledger.read(targets);
      },
    });

    const opened = await openPeople({ ...bench, ledger }, people);

    expect([...opened]).toEqual(people.map(({ id }, i) => [id, { name: `Person ${i}` }]));
    expect(reads).toHaveLength(1);
  });

  it('is nobody any more when their keys are shredded: no name, and no way in', async () => {
    const person = await enrol(bench, alice({ name: 'Alice' }), SEED);

    await shredSubject(
      { ledger: bench.ledger, clock: bench.clock },
      { workspace: PEOPLE, subject: person.subject, actor: SETUP, reason: 'asked for' },
    );

    expect(await openPerson(bench, person)).toEqual({});
    await expect(standing()).rejects.toMatchObject(UNKNOWN);
    expect(await bench.problems()).toEqual([]);
  });

  it('has no way in any more when they are erased, also where no name was ever sealed', async () => {
    const person = await enrol(bench, alice(), SEED);

    const shredded = await shredSubject(
      { ledger: bench.ledger, clock: bench.clock },
      { workspace: PEOPLE, subject: person.subject, actor: SETUP, reason: 'asked for' },
    );

    expect(shredded).toEqual({ keys: 1, wasKnown: true });
    await expect(standing()).rejects.toMatchObject(UNKNOWN);
  });

  it('is there once: neither id nor login is taken twice, also at once', async () => {
    const same = await Promise.allSettled([
      enrol(bench, alice(), SEED),
      enrol(bench.another(), alice(), SEED),
    ]);

    expect(same.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);

    for (const other of [
      alice({ id: 'alice-2' }),
      alice({ login: { issuer: ISSUER, subject: 'bob' } }),
    ])
      await expect(enrol(bench, other, SEED)).rejects.toMatchObject({
        code: 'person.taken',
        fate: 'refuse',
      });

    expect(
      (await bench.ledger.query({ by: 'list', list: directoryList.people, limit: 10 })).documents,
    ).toHaveLength(1);
    expect(await bench.problems()).toEqual([]);
  });

  it.each<[string, Partial<NewPerson>, string]>([
    ['an id with other letters', { id: 'Alice#1' }, 'person.invalid'],
    ['an empty id', { id: '' }, 'person.invalid'],
    ['an account that is no account', { login: { issuer: ISSUER, subject: '' } }, 'person.invalid'],
    ['an account with a NUL', { login: { issuer: ISSUER, subject: 'a\0b' } }, 'person.invalid'],
    ['a name that is too long', { name: 'x'.repeat(201) }, 'person.invalid'],
    ['a name with a line in it', { name: 'Alice\nArcher' }, 'person.invalid'],
    ['a name that shows nothing', { name: '\u3164\u2800' }, 'person.invalid'],
    ['a name of blanks', { name: '   ' }, 'person.invalid'],
    ['an account of blanks', { login: { issuer: ISSUER, subject: '  ' } }, 'person.invalid'],
    ['an address that shows nothing', { email: '\u3164@example.org' }, 'person.invalid'],
    ['an address that is none', { email: 'alice' }, 'person.invalid'],
    [
      'too many roles',
      { roles: Array.from({ length: 17 }, (_, i) => `role-${i}`) },
      'person.invalid',
    ],
    ['a role that cannot be one', { roles: ['team member'] }, 'name.invalid'],
    ['a role by the name of a member of every object', { roles: ['toString'] }, 'name.invalid'],
    ['a workspace that cannot be one', { workspaces: ['acme*'] }, 'name.invalid'],
    ['every workspace, as one of a list', { workspaces: ['*'] }, 'name.invalid'],
    [
      "a workspace that is the platform's own",
      { workspaces: ['acme', 'people'] },
      'person.invalid',
    ],
    [
      'too many workspaces',
      { workspaces: Array.from({ length: 201 }, (_, i) => `w-${i}`) },
      'person.invalid',
    ],
    ['attributes that are none', { attributes: { Department: 'x' } }, 'attributes.invalid'],
  ])('is refused, and nothing written, with %s', async (_, more, code) => {
    await expect(enrol(bench, alice(more), SEED)).rejects.toMatchObject({ code, fate: 'refuse' });
    expect(await bench.entries()).toHaveLength(1);
  });

  it('tells nothing personal in an error', async () => {
    const secret = 'Cordelia\nCanary';
    await expect(enrol(bench, alice({ name: secret, email: secret }), SEED)).rejects.toMatchObject({
      message: expect.not.stringContaining('Canary'),
    });
  });
});

describe('the standing of who signed in', () => {
  it('ends at the next request when they are not active any more, and comes back with them', async () => {
    await enrol(bench, alice(), SEED);
    await standing();
    await change('alice-1', { active: false });
    await expect(standing()).rejects.toMatchObject(UNKNOWN);
    await change('alice-1', { active: true });
    expect((await standing()).person.id).toBe('alice-1');
  });

  it('follows roles and workspaces at the next request', async () => {
    await enrol(bench, alice(), SEED);
    await change('alice-1', { roles: ['Auditor'], workspaces: '*' });
    expect((await standing()).principal).toMatchObject({ roles: ['Auditor'], workspaces: '*' });
  });

  it('ends with their sessions: tokens from before the session epoch count no more, later ones do', async () => {
    await enrol(bench, alice(), SEED);
    await change('alice-1', { sessionsFrom: NOW });
    for (const issuedAt of [NOW - 600_000, NOW - 1])
      await expect(standing(loginOf('alice', { issuedAt }))).rejects.toMatchObject(UNKNOWN);
    for (const issuedAt of [NOW, NOW + 1])
      expect((await standing(loginOf('alice', { issuedAt }))).person.id).toBe('alice-1');
  });

  it('is nobody while there is no directory', async () => {
    const empty = await directoryBench({ begun: false });
    await expect(authenticatedPerson(empty, loginOf('alice'), HOW)).rejects.toMatchObject(UNKNOWN);
    empty.close();
  });

  it('is nobody when row and person do not belong together', async () => {
    await enrol(bench, alice(), SEED);
    await change('alice-1', { subject: '0'.repeat(26) });
    await expect(standing()).rejects.toMatchObject(UNKNOWN);
  });

  it('is an error of the ledger, not nobody, when the directory cannot be read', async () => {
    await enrol(bench, alice(), SEED);
    const broken = { code: 'ledger.unavailable' };
    const ledger = withOther(bench.ledger, { read: () => Promise.reject(broken) });
    await expect(authenticatedPerson({ ...bench, ledger }, loginOf('alice'), HOW)).rejects.toBe(
      broken,
    );
  });

  it('has custom roles as they stand, and gives nothing for a name of none', async () => {
    await seedRole(bench, PARALEGAL, SETUP);
    await enrol(bench, alice({ roles: ['Client', 'paralegal', 'made-up'] }), SEED);
    expect((await standing()).principal).toMatchObject({
      roles: ['Client', 'paralegal', 'made-up'],
      customRoles: [PARALEGAL],
    });

    const narrowed = { ...PARALEGAL, grants: [{ permissions: ['run.list' as const] }] };
    await seedRole(bench, narrowed, SETUP);
    expect((await standing()).principal.customRoles).toEqual([narrowed]);
  });

  it('costs two consistent reads, three with custom roles, and asks no index', async () => {
    await seedRole(bench, PARALEGAL, SETUP);
    await enrol(bench, alice(), SEED);

    await enrol(
      bench,
      alice({
        id: 'bob-1',
        login: { issuer: ISSUER, subject: 'bob' },
        roles: ['paralegal', 'Client'],
      }),
      SEED,
    );

    let reads = 0;

    const ledger = withOther(bench.ledger, {
      read: (targets) => {
        reads++;
        return bench.ledger.read(targets);
      },
      query: () => Promise.reject(new Error('an index may be behind')),
    });

    for (const [subject, expected] of [
      ['alice', 2],
      ['bob', 3],
    ] as const) {
      reads = 0;
      await authenticatedPerson({ ...bench, ledger }, loginOf(subject), HOW);
      expect(reads).toBe(expected);
    }
  });

  it.each([
    ['is of no form', { ...PARALEGAL, grants: [{ permissions: ['run.read', 'everything'] }] }],
    ['says another name', { ...PARALEGAL, name: 'notary' }],
  ])('never depends on a role document that %s', async (_, role) => {
    await enrol(bench, alice({ roles: ['paralegal'] }), SEED);
    const body = role as unknown as Json;
    await bench.ledger.commit({
      changes: [{ op: 'insert', target: directoryTarget.role('paralegal'), body }],
      entries: [{ workspace: PEOPLE, actor: SETUP, action: 'role.seed', outcome: 'ok' }],
    });
    expect((await standing()).principal.customRoles).toEqual([]);
  });
});

describe('a login row', () => {
  it('is keyed: whoever sees it cannot tell whose it is without the key of the directory', async () => {
    await enrol(bench, alice(), SEED);

    const guess = tokenTarget(Buffer.alloc(32), PEOPLE, 'login', `${ISSUER}\0alice`);

    const real = tokenTarget(
      await workspaceSecret(bench, PEOPLE, 'token'),
      PEOPLE,
      'login',
      `${ISSUER}\0alice`,
    );

    const found = await bench.ledger.read([guess, real]);
    expect(found.map((row) => row !== undefined)).toEqual([false, true]);
  });
});

describe('a custom role', () => {
  it('is put in place with its entry, and again only when it is another', async () => {
    await seedRole(bench, PARALEGAL, SETUP);
    await seedRole(bench, { ...PARALEGAL }, SETUP);

    const narrowed = { ...PARALEGAL, grants: [{ permissions: ['run.list'] }] };

    await seedRole(bench, narrowed, SETUP);

    const entries = (await bench.entries()).filter(({ action }) => action === 'role.seed');

    expect(entries.map(({ changes }) => changes?.[0]?.diff)).toEqual([
      [{ field: 'grants', after: PARALEGAL.grants }],
      [{ field: 'grants', before: PARALEGAL.grants, after: narrowed.grants }],
    ]);

    expect(
      (
        await bench.ledger.query({ by: 'list', list: directoryList.roles, limit: 10 })
      ).documents.map(({ body }) => body),
    ).toEqual([narrowed]);
  });

  it('is refused when it is none', async () => {
    for (const role of [
      {},
      null,
      { ...PARALEGAL, name: 'admin' },
      { ...PARALEGAL, name: 'Paralegal' },
      { ...PARALEGAL, grants: [] },
    ])
      await expect(seedRole(bench, role, SETUP)).rejects.toMatchObject({ code: 'role.invalid' });

    expect(await bench.entries()).toHaveLength(1);
  });
});
