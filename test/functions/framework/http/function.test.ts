import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { toCsv } from '#functions/framework/http/csv.ts';
import { endpoint, loginEndpoint } from '#functions/framework/http/endpoint.ts';
import type { HttpPorts } from '#functions/framework/http/ports.ts';
import { PassedOnError } from '#functions/framework/http/problem.ts';
import type { Resource } from '#shared/access/index.ts';
import { claimFirstAdmin, FirstAdminError } from '#shared/identity/index.ts';
import { InvalidInputError, MINUTE } from '#shared/kernel/index.ts';
import { type Ledger, LedgerStoppedError, LedgerUnavailableError } from '#shared/ledger/index.ts';
import { type Got, httpBench } from './bench.ts';

const PLATFORM: Resource = { type: 'Platform' };
const SECRET = 'NL91ABNA0417164300';
const path = z.strictObject({ thing: z.string().check(z.regex(/^[a-z]{1,20}$/)) });
const thingForm = z.strictObject({ thing: z.string() });

/** Everything is there but what is called `absent`. */
const getThing = endpoint({
  method: 'GET',
  path: '/things/{thing}',
  operationId: 'getThing',
  summary: 'Gives a thing.',
  action: 'workspace.read',
  request: { path },
  response: { status: 200, json: thingForm },
  async handle({ given, requireVisible }, { ledger }) {
    const { thing } = given.path;
    await ledger.read([`workspace#platform#${thing}#main`]);
    const resource = { type: 'Workspace', workspace: thing, attributes: {} } as const;
    requireVisible('workspace.read', thing === 'absent' ? undefined : resource, resource);
    return { body: { thing }, audit: { workspace: thing } };
  },
});

const listThings = endpoint({
  method: 'GET',
  path: '/things',
  operationId: 'listThings',
  summary: 'Lists things.',
  action: 'workspace.list',
  request: { query: z.strictObject({ like: z.optional(z.string().check(z.maxLength(5))) }) },
  response: {
    status: 200,
    json: z.strictObject({ things: z.array(z.string()) }),
    csv: ({ things }) => toCsv({ columns: ['thing'], rows: things.map((thing) => [thing]) }),
  },
  handle: async ({ given }) => ({ body: { things: ['=1+1', given.query.like ?? '-'] } }),
});

/** Commits its own entry, unless the note says otherwise. */
const noteThing = endpoint({
  method: 'POST',
  path: '/things/{thing}',
  operationId: 'noteThing',
  summary: 'Notes something on a thing.',
  action: 'workspace.create',
  evidence: 'handler',
  request: { path, body: { json: z.strictObject({ note: z.string().check(z.maxLength(20)) }) } },
  response: { status: 201, again: 200, json: thingForm },
  async handle({ given, authorize, by }, { ledger }) {
    authorize('workspace.create', PLATFORM);

    const { note } = given.body;

    const entry = {
      workspace: 'acme',
      actor: by.actor,
      action: 'workspace.create',
      outcome: 'ok',
    } as const;
    if (note === 'wrong') return { body: { thing: 7 } as never, audit: { workspace: 'acme' } };
    if (note === 'again')
      return {
        again: true,
        body: { thing: note },
        audit: { workspace: 'acme', action: 'workspace.read' },
      };

    if (note === 'refuse')
      await ledger.commit({
        entries: [{ ...entry, outcome: 'denied', why: { code: 'gate.stale' } }],
      });

    if (note === 'refuse') throw new InvalidInputError('gate.stale', 'look again');
    if (note === 'break') throw new Error(SECRET);
    if (note === 'defect') throw new InvalidInputError('keys.missing', SECRET);
    if (note === 'intake')
      throw new PassedOnError({ code: 'paper.torn', fate: 'refuse', message: 'the paper is torn' });
    if (note === 'wordy')
      throw new PassedOnError({
        code: `paper.${'x'.repeat(300)}`,
        fate: 'refuse',
        message: `${'x'.repeat(499)}😀`,
      });

    if (note !== 'forget') await ledger.commit({ entries: [entry] });

    return { body: { thing: given.path.thing } };
  },
});

const upload = endpoint({
  method: 'POST',
  path: '/uploads',
  operationId: 'upload',
  summary: 'Takes an upload.',
  action: 'run.start',
  request: { body: { bytes: ['application/xml'] }, idempotencyKey: true },
  response: { status: 201, json: z.strictObject({ bytes: z.int(), key: z.string() }) },
  handle: async ({ given, idempotencyKey }) => ({
    body: { bytes: given.body.length, key: idempotencyKey },
    audit: { workspace: 'acme' },
  }),
});

const claim = loginEndpoint({
  method: 'POST',
  path: '/claims',
  operationId: 'claim',
  summary: 'Claims.',
  action: 'person.first-admin',
  response: { status: 201, again: 200, json: thingForm },
  async handle({ login, authContext, requestId }, ports) {
    if (login.subject === 'late') throw new FirstAdminError('identity.first-admin-taken');
    const keyService = {} as never; // the directory is there, so no key is minted for it
    const { first } = await claimFirstAdmin({ ...ports, keyService }, login, 'chosen', {
      ...authContext,
      trace: requestId,
    });
    return { again: first ? undefined : (true as const), body: { thing: login.subject } };
  },
});

const ALL = [getThing, listThings, noteThing, upload, claim];
const open = async (over?: (ports: HttpPorts) => Partial<HttpPorts>) => {
  const bench = await httpBench(ALL, over);
  await bench.person('clerk', ['Team Member']);
  await bench.person('admin', ['Admin'], '*');
  await bench.entries();
  return bench;
};
const note = (text: string, as = 'admin') => ({
  as,
  path: { thing: 'acme' },
  body: { note: text },
});
const withoutId = ({ text, headers, body, ...got }: Got) => ({
  ...got,
  text: text.replaceAll(String(body.requestId), 'ID'),
  headers: { ...headers, 'x-request-id': 'ID' },
});

describe('a function of the API', () => {
  it('commits the entry of what it answers, with the policies that permitted it', async () => {
    const { ask, entries } = await open();
    const got = await ask('GET /things/{thing}', { as: 'clerk', path: { thing: 'acme' } });
    expect(got).toMatchObject({ status: 200, body: { thing: 'acme' } });

    expect(await entries()).toMatchObject([
      {
        workspace: 'acme',
        action: 'workspace.read',
        outcome: 'ok',
        actor: { kind: 'user', id: 'clerk', auth: 'oidc' },
        trace: got.headers['x-request-id'],
        why: { policies: [expect.any(String)] },
      },
    ]);
  });

  it('answers alike whether a thing is not there or not to be seen, after the same reads and decisions', async () => {
    const counts = { reads: 0, decisions: 0 };

    const { ask, entries } = await open(({ ledger, policies }) => ({
      ledger: counted(ledger, () => counts.reads++),
      policies: {
        authorize(request) {
          counts.decisions++;
          return policies.authorize(request);
        },
      },
    }));

    const of = async (thing: string) => {
      Object.assign(counts, { reads: 0, decisions: 0 });
      const got = withoutId(await ask('GET /things/{thing}', { as: 'clerk', path: { thing } }));
      return { got, counts: { ...counts } };
    };

    const [absent, forbidden, malformed] = [await of('absent'), await of('globex'), await of('#')];

    expect(forbidden).toEqual(absent);
    expect(absent.counts.decisions).toBe(1);
    expect(malformed.got).toEqual(absent.got);
    expect(absent.got.status).toBe(404);

    expect(
      (await entries()).map(({ outcome, why, workspace }) => [
        workspace,
        outcome,
        why?.code,
        why?.reason,
      ]),
    ).toEqual([
      ['absent', 'denied', 'request.not-found', 'it is not there'],
      ['globex', 'denied', 'request.not-found', 'this person may not see it'],
      ['platform', 'denied', 'request.not-found', 'the reference is malformed'],
    ]);
  });

  it('says that it is forbidden to who may see it, and nothing of the policies', async () => {
    const { ask, entries } = await open();
    const got = await ask('POST /things/{thing}', note('hello', 'clerk'));

    expect(got).toMatchObject({
      status: 403,
      body: { code: 'access.denied', type: 'urn:writ:problem:access.denied' },
    });

    expect(await entries()).toMatchObject([
      { action: 'workspace.create', outcome: 'denied', why: { code: 'access.denied' } },
    ]);
  });

  it('leaves the one entry to an operation that commits it with its change, and names the request in it', async () => {
    const { ask, entries } = await open();
    const got = await ask('POST /things/{thing}', note('hello'));

    expect(got.status).toBe(201);
    expect(await entries()).toMatchObject([
      { action: 'workspace.create', outcome: 'ok', trace: got.headers['x-request-id'] },
    ]);
    expect((await ask('POST /things/{thing}', note('refuse'))).body).toMatchObject({
      status: 409,
      code: 'gate.stale',
      detail: 'look again',
    });

    expect(await entries()).toMatchObject([{ outcome: 'denied', why: { code: 'gate.stale' } }]);
    expect((await ask('POST /things/{thing}', note('again'))).status).toBe(200);
    expect(await entries()).toMatchObject([{ action: 'workspace.read', outcome: 'ok' }]);
  });

  it('shows nothing of an operation that should have committed its entry and did not', async () => {
    const { ask, entries } = await open();

    expect((await ask('POST /things/{thing}', note('forget'))).body).toMatchObject({
      status: 500,
      code: 'request.failed',
    });

    expect(await entries()).toMatchObject([
      { action: 'workspace.create', outcome: 'failed', why: { code: 'request.failed' } },
    ]);
  });

  it('passes on what an intake refused, and leaves its entry whatever the words of its author are', async () => {
    const { ask, entries } = await open();
    const torn = await ask('POST /things/{thing}', note('intake'));

    expect(torn.body).toMatchObject({
      status: 422,
      code: 'paper.torn',
      detail: 'the paper is torn',
    });

    expect(await entries()).toMatchObject([
      { outcome: 'denied', why: { code: 'paper.torn', reason: 'the paper is torn' } },
    ]);
    expect((await ask('POST /things/{thing}', note('wordy'))).status).toBe(422);
    expect(await entries()).toMatchObject([{ outcome: 'denied' }]);
  });

  it('answers HEAD by the operation of GET, with its entry and headers, and gives no body, also where it refuses', async () => {
    const { ask, entries } = await open();
    for (const [key, asked] of [
      ['/things/{thing}', { as: 'clerk', path: { thing: 'acme' } }],
      ['/things/{thing}', { as: 'clerk', path: { thing: 'absent' } }],
      ['/things', { as: 'clerk', headers: { accept: 'text/csv' } }],
      ['/things', {}],
    ] as const) {
      const get = await ask(`GET ${key}`, asked);
      const told = (await entries()).map(({ action, outcome, workspace }) => [
        action,
        outcome,
        workspace,
      ]);

      const head = await ask(`HEAD ${key}`, asked);

      expect([head.status, head.text, Object.keys(head.headers)]).toEqual([
        get.status,
        '',
        Object.keys(get.headers),
      ]);

      const isKnown = 'as' in asked;
      if (isKnown)
        expect(
          (await entries()).map(({ action, outcome, workspace }) => [action, outcome, workspace]),
        ).toEqual(told);
    }

    expect((await ask('HEAD /uploads', { as: 'clerk' })).status).toBe(404);
  });

  it.each(['break', 'defect', 'wrong'])(
    'tells nothing of a failure of its own (%s), in answer, entry or log line',
    async (how) => {
      const { ask, entries, lines } = await open();
      const got = await ask('POST /things/{thing}', note(how));

      expect(got.body).toMatchObject({ status: 500, code: 'request.failed' });

      const told = await entries();

      expect(told).toMatchObject([{ outcome: 'failed', why: { code: 'request.failed' } }]);
      expect(lines).toMatchObject([
        { level: 'error', facts: { requestId: got.body.requestId, status: 500 } },
      ]);
      if (how === 'break') expect(JSON.stringify([got, told, lines])).not.toContain(SECRET);

      expect(JSON.stringify([got, told])).not.toContain(SECRET);
    },
  );

  it('shows nothing when the entry cannot be committed', async () => {
    const broken = (): never => {
      throw new LedgerUnavailableError('no');
    };
    const { ask, entries } = await open(({ ledger }) => ({
      ledger: { ...counted(ledger, () => {}), commit: async () => broken() },
    }));

    for (const thing of ['acme', 'globex']) {
      const got = await ask('GET /things/{thing}', { as: 'clerk', path: { thing } });

      expect(got).toMatchObject({
        status: 503,
        body: { code: 'request.unavailable' },
        headers: { 'retry-after': '1' },
      });

      expect(got.text).not.toContain('acme');
    }

    expect(await entries()).toEqual([]);
  });

  it('ends when the ledger has stopped', async () => {
    const stopped = (): never => {
      throw new LedgerStoppedError('full');
    };
    const { ask, counted: seen } = await open(({ ledger }) => ({
      ledger: { ...counted(ledger, () => {}), commit: async () => stopped() },
    }));

    await expect(
      ask('GET /things/{thing}', { as: 'clerk', path: { thing: 'acme' } }),
    ).rejects.toThrow(LedgerStoppedError);
    expect(seen.flushed).toBe(1);
  });

  it('writes out what was measured, however a request ends', async () => {
    const { ask, counted: seen } = await open();
    await ask('GET /things', { as: 'clerk' });
    await ask('GET /things');
    await ask('GET /things', { as: 'clerk', query: 'x=1' });
    expect(seen.flushed).toBe(3);
  });

  it('gives CSV where it is offered and wanted', async () => {
    const { ask } = await open();
    const csv = await ask('GET /things', { as: 'clerk', headers: { accept: 'text/csv' } });
    expect(csv.text).toBe("thing\r\n'=1+1\r\n'-\r\n");
    expect(csv.headers['content-type']).toContain('text/csv');

    expect(
      (
        await ask('GET /things', {
          as: 'clerk',
          headers: { accept: 'text/csv;q=0.1, application/json' },
        })
      ).body,
    ).toEqual({
      things: ['=1+1', '-'],
    });
  });
});

describe('who sent a request', () => {
  const strangers: readonly [string, object][] = [
    ['sends no token', {}],
    ['sends something else', { headers: { authorization: 'Basic YTpi' } }],
    ['sends a token that is none', { headers: { authorization: 'Bearer a.b.c' } }],
    ['sends a good token of somebody who is not in the directory', { as: 'nobody' }],
  ];

  it('is told the same, whatever it is that does not identify them', async () => {
    const { ask, entries } = await open();
    const answers = [];

    for (const [, how] of strangers)
      answers.push(withoutId(await ask('GET /things', { ...how, query: 'unknown=1' })));

    for (const one of answers) expect(one).toEqual(answers[0]);

    expect(answers[0]).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    expect((await entries()).map(({ why }) => why?.code).sort()).toEqual([
      'person-unknown',
      'token-missing',
      'token-refused',
    ]);
  });

  it('is counted when unknown: one entry for each minute and kind, with the number since the one before', async () => {
    const { ask, entries, clock } = await open();
    await Promise.all(Array.from({ length: 40 }, () => ask('GET /things')));

    expect(await entries()).toMatchObject([
      {
        workspace: 'platform',
        action: 'session.refuse',
        outcome: 'denied',
        count: 1,
        actor: { kind: 'service', id: 'tried' },
      },
    ]);

    clock.advance(MINUTE);
    await Promise.all(Array.from({ length: 10 }, () => ask('GET /things')));
    expect(await entries()).toMatchObject([
      { action: 'session.refuse', count: 40, why: { code: 'token-missing' } },
    ]);
  });

  it('is answered though the counting fails, which is made up for a minute later', async () => {
    let isBroken = true;

    const { ask, entries, clock, lines } = await open(({ ledger }) => ({
      ledger: {
        ...counted(ledger, () => {}),
        commit: async (commit) => {
          if (isBroken) throw new LedgerUnavailableError('no');
          return ledger.commit(commit);
        },
      },
    }));

    expect((await ask('GET /things')).status).toBe(401);
    expect((await ask('GET /things')).status).toBe(401);
    expect(lines).toHaveLength(1);
    isBroken = false;
    clock.advance(MINUTE);
    await ask('GET /things');
    expect(await entries()).toMatchObject([{ count: 3 }]);
  });

  it('is refused when the request went around the front, before anything else is looked at', async () => {
    const { ask, entries } = await open(() => ({
      origin: { header: 'x-front', isOurs: async (value) => value === 'ours' },
    }));
    const around = await ask('GET /things', { as: 'clerk', headers: { 'x-front': 'theirs' } });
    expect(around).toMatchObject({ status: 403, body: { code: 'request.origin' } });
    expect(await entries()).toMatchObject([
      { action: 'session.refuse', why: { code: 'origin-header' } },
    ]);
    expect((await ask('GET /things', { as: 'clerk', headers: { 'x-front': 'ours' } })).status).toBe(
      200,
    );
    expect(await entries()).toMatchObject([{ actor: { id: 'clerk' } }]);
  });

  it('is told to be on this machine where this machine gave the token, and nowhere by what they say themselves', async () => {
    for (const [auth, actor] of [
      ['embedded', { auth: 'embedded', origin: 'local' }],
      ['oidc', { auth: 'oidc' }],
    ] as const) {
      const { ask, entries } = await open(() => ({ auth }));

      await ask('GET /things', {
        as: 'clerk',
        headers: { 'cloudfront-viewer-country': 'NL', 'x-forwarded-for': '::1' },
      });

      expect((await entries())[0]?.actor).toEqual({
        kind: 'user',
        id: 'clerk',
        session: expect.any(String),
        ...actor,
      });
    }
  });

  it('may be new where an operation is for who is not in the directory yet: many at once become one', async () => {
    const { ask, entries } = await open();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ask('POST /claims', { as: 'chosen' })),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([
      200, 200, 200, 200, 200, 200, 200, 201,
    ]);

    const told = await entries();
    expect(told).toHaveLength(8);
    expect(new Set(told.map(({ actor, action }) => `${action} ${actor.id}`)).size).toBe(1);
  });

  it('is counted when refused there, and told why', async () => {
    const { ask, entries } = await open();

    expect(await ask('POST /claims', { as: 'other' })).toMatchObject({
      status: 403,
      body: { code: 'identity.not-first-admin' },
    });

    expect(await entries()).toMatchObject([
      { action: 'session.refuse', count: 1, why: { code: 'person-unknown' } },
    ]);
    expect(await ask('POST /claims', { as: 'late' })).toMatchObject({
      status: 409,
      body: { code: 'identity.first-admin-taken' },
    });

    expect(await entries()).toEqual([]);
    expect((await ask('POST /claims', { as: 'clerk' })).status).toBe(403);
    expect(await entries()).toMatchObject([
      { action: 'person.first-admin', outcome: 'denied', actor: { id: 'clerk' } },
    ]);
  });
});

describe('what came with a request', () => {
  const deep = (levels: number) => `{"note":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  const json = (body: string) => ({
    path: { thing: 'acme' },
    headers: { 'content-type': 'application/json' },
    body,
  });

  const xml = {
    headers: { 'content-type': 'application/xml', 'idempotency-key': 'one' },
    body: '<a/>',
  };

  const NOTE = 'POST /things/{thing}';

  const WRONG: readonly [string, string, object, number, string][] = [
    ['an unknown parameter', 'GET /things', { query: 'other=1' }, 400, 'request.query'],
    [
      'a parameter that every object has',
      'GET /things',
      { query: '__proto__=1' },
      400,
      'request.query',
    ],
    [
      'a parameter where none is taken',
      'GET /things/{thing}',
      { path: { thing: 'acme' }, query: 'like=a' },
      400,
      'request.query',
    ],
    ['a parameter twice', 'GET /things', { query: 'like=a&like=b' }, 400, 'request.query'],
    [
      'a parameter that does not fit',
      'GET /things',
      { query: 'like=toolong' },
      400,
      'request.query',
    ],
    ['a query that is no UTF-8', 'GET /things', { query: 'like=%ff' }, 400, 'request.query'],
    [
      'a query that is too long',
      'GET /things',
      { query: `like=${'a'.repeat(5_000)}` },
      400,
      'request.query',
    ],
    ['a body where none is taken', 'GET /things', { body: '{}' }, 400, 'request.body'],
    ['no body', NOTE, json(''), 400, 'request.body'],
    ['a body that is no JSON', NOTE, json('{"note":'), 400, 'request.body'],
    ['an array', NOTE, json('[]'), 400, 'request.body'],
    ['a member twice', NOTE, json('{"note":"a","note":"b"}'), 400, 'request.body'],
    ['a member too many', NOTE, json('{"note":"a","by":"b"}'), 400, 'request.body'],
    ['a member that tricks', NOTE, json('{"note":"a","__proto__":{"x":1}}'), 400, 'request.body'],
    ['half a character', NOTE, json('{"note":"\\ud800"}'), 400, 'request.body'],
    ['a value that does not fit', NOTE, json('{"note":7}'), 400, 'request.body'],
    ['JSON that is too deep', NOTE, json(deep(16)), 400, 'request.body'],
    ['JSON that is far too deep', NOTE, json(deep(30_000)), 400, 'request.body'],
    [
      'JSON that is too large',
      NOTE,
      json(`{"note":"${'a'.repeat(65_536)}"}`),
      413,
      'request.body-too-large',
    ],
    ['no content type', NOTE, { ...json('{"note":"a"}'), headers: {} }, 415, 'request.body-type'],
    [
      'another content type',
      NOTE,
      { ...json('{"note":"a"}'), headers: { 'content-type': 'text/plain' } },
      415,
      'request.body-type',
    ],
    [
      'another character set',
      NOTE,
      { ...json('{"note":"a"}'), headers: { 'content-type': 'application/json; charset=utf-16' } },
      415,
      'request.body-type',
    ],
    [
      'no idempotency key',
      'POST /uploads',
      { ...xml, headers: { 'content-type': 'application/xml' } },
      400,
      'request.idempotency-key',
    ],
    [
      'a long idempotency key',
      'POST /uploads',
      { ...xml, headers: { ...xml.headers, 'idempotency-key': 'k'.repeat(201) } },
      400,
      'request.idempotency-key',
    ],
    [
      'an idempotency key of other characters',
      'POST /uploads',
      { ...xml, headers: { ...xml.headers, 'idempotency-key': 'é' } },
      400,
      'request.idempotency-key',
    ],
    [
      'an upload that is too large',
      'POST /uploads',
      { ...xml, body: 'a'.repeat(4 * 1_024 * 1_024 + 1) },
      413,
      'request.body-too-large',
    ],
    [
      'an upload that is too large, encoded',
      'POST /uploads',
      {
        ...xml,
        body: Buffer.alloc(4 * 1_024 * 1_024 + 1).toString('base64'),
        isBase64Encoded: true,
      },
      413,
      'request.body-too-large',
    ],
    [
      'text that was not UTF-8',
      'POST /uploads',
      { ...xml, body: '<name>Jos\ufffd</name>' },
      400,
      'request.body',
    ],
    ['JSON that was not UTF-8', NOTE, json('{"note":"Jos\ufffd"}'), 400, 'request.body'],
    [
      'text with a byte that was not UTF-8, by its length',
      'POST /uploads',
      {
        ...xml,
        headers: { ...xml.headers, 'content-length': '17' },
        body: '<name>Jos\ufffd</name>',
      },
      400,
      'request.body',
    ],
    ...['gzip', 'br', 'deflate, gzip', 'GZIP', 'identity, zstd', 'something'].map(
      (coding): (typeof WRONG)[number] => [
        `a body that is encoded: ${coding}`,
        'POST /uploads',
        { ...xml, headers: { ...xml.headers, 'content-encoding': coding } },
        415,
        'request.body-encoding',
      ],
    ),
    [
      'JSON that is encoded',
      NOTE,
      {
        ...json('{"note":"a"}'),
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      },
      415,
      'request.body-encoding',
    ],
    ...['one,one', '"one","two"', '"a,b","c"', 'one\ntwo', '"a\nb"', ','].map(
      (keys): (typeof WRONG)[number] => [
        `two idempotency keys: ${keys}`,
        'POST /uploads',
        { ...xml, headers: { ...xml.headers, 'idempotency-key': keys } },
        400,
        'request.idempotency-key',
      ],
    ),
    ...['application/xml,application/xml', 'application/xml; charset=utf-8; charset=utf-16'].map(
      (types): (typeof WRONG)[number] => [
        `two content types: ${types}`,
        'POST /uploads',
        { ...xml, headers: { ...xml.headers, 'content-type': types } },
        415,
        'request.body-type',
      ],
    ),
  ];

  it('is refused with one entry, whatever is wrong with it', async () => {
    const { ask, entries } = await open();
    for (const [what, route, asked, status, code] of WRONG) {
      const got = await ask(route, { as: 'admin', ...asked });

      expect([what, got.status, got.body.status, got.body.code]).toEqual([
        what,
        status,
        status,
        code,
      ]);

      expect(
        (await entries()).map(({ outcome, why, actor }) => [what, outcome, why?.code, actor.id]),
      ).toEqual([[what, 'denied', code, 'admin']]);
    }
  });

  it('is taken up to the limits', async () => {
    const { ask } = await open();
    const most = Buffer.alloc(4 * 1_024 * 1_024);
    const headers = { ...xml.headers, 'content-type': 'Application/XML; charset="UTF-8"' };

    const got = await ask('POST /uploads', {
      as: 'clerk',
      headers,
      body: most.toString('base64'),
      isBase64Encoded: true,
    });

    expect(got.body).toEqual({ bytes: most.length, key: 'one' });

    const quoted = await ask('POST /uploads', {
      as: 'clerk',
      ...xml,
      headers: { ...headers, 'idempotency-key': '"a \\"key\\""' },
    });

    expect(quoted.body).toEqual({ bytes: 4, key: 'a "key"' });
  });

  it('may hold U+FFFD, as bytes, or as text of the length that was sent', async () => {
    const { ask } = await open();
    const body = '<name>Jos\ufffd</name>';
    const bytes = Buffer.from(body);
    const headers = { ...xml.headers, 'content-length': String(bytes.length) };

    for (const asked of [
      { headers, body },
      { headers: xml.headers, body: bytes.toString('base64'), isBase64Encoded: true },
    ])
      expect((await ask('POST /uploads', { as: 'clerk', ...asked })).body).toEqual({
        bytes: bytes.length,
        key: 'one',
      });

    const encoded = JSON.stringify({ note: 'Jos\ufffd' });
    const lengthOf = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(encoded)),
    };

    expect((await ask(NOTE, { as: 'admin', ...json(encoded), headers: lengthOf })).status).toBe(
      201,
    );
  });

  it('as text is refused for bytes that were replaced, but for three bytes of a character of four, which keep the length', async () => {
    const { ask } = await open();
    // the beginnings of characters, bytes that begin none, and two of them in a row
    const cut = ['\u00e9', '\u20ac', '\u{1f600}'].flatMap((character) => {
      const bytes = Buffer.from(character);
      return Array.from({ length: bytes.length - 1 }, (_, i) => bytes.subarray(0, i + 1));
    });

    const kinds = [
      ...cut,
      Buffer.from([0x80]),
      Buffer.from([0xff]),
      Buffer.concat([cut.at(-1) ?? Buffer.alloc(0), Buffer.from([0x80, 0xff])]),
    ];

    const taken: string[] = [];

    for (const kind of kinds) {
      const sent = Buffer.concat([Buffer.from('<a>'), kind, Buffer.from('</a>')]);
      const headers = { ...xml.headers, 'content-length': String(sent.length) };
      const { status } = await ask('POST /uploads', {
        as: 'clerk',
        headers,
        body: sent.toString('utf8'),
      });

      if (status < 300) taken.push(kind.toString('hex'));
    }

    expect(taken).toEqual(['f09f98']);
  });

  it('may say that it is not encoded, and have a key with a comma', async () => {
    const { ask } = await open();
    for (const [coding, key] of [
      ['identity', 'one,two'],
      ['', '"one, two"'],
    ] as const) {
      const headers = { ...xml.headers, 'content-encoding': coding, 'idempotency-key': key };
      expect((await ask('POST /uploads', { as: 'clerk', ...xml, headers })).body.key).toBe(
        key.replaceAll('"', ''),
      );
    }
  });

  it('names a coding that it knows, and repeats no other', async () => {
    const { ask } = await open();
    const headers = { ...xml.headers, 'content-encoding': `gzip, ${SECRET}` };
    const { body } = await ask('POST /uploads', { as: 'clerk', ...xml, headers });
    expect(body.detail).toBe(
      'the header Content-Encoding names gzip, an unknown coding; send the body uncompressed, without the header',
    );
  });

  it('is never repeated in the refusal or its entry', async () => {
    const { ask, entries } = await open();
    for (const asked of [{ query: `${SECRET}=1` }, { query: `like=${SECRET}` }, { query: SECRET }])
      expect((await ask('GET /things', { as: 'clerk', ...asked })).text).not.toContain(SECRET);

    for (const body of [{ [SECRET]: 1 }, { note: SECRET.repeat(2) }]) {
      expect((await ask(NOTE, { as: 'admin', path: { thing: 'acme' }, body })).text).not.toContain(
        SECRET,
      );
    }

    expect(JSON.stringify(await entries())).not.toContain(SECRET);
  });
});

function counted(ledger: Ledger, read: () => void): Ledger {
  return {
    identity: ledger.identity,
    read: (targets) => {
      read();
      return ledger.read(targets);
    },
    query: (query) => ledger.query(query),
    send: (messages) => ledger.send(messages),
    commit: (commit) => ledger.commit(commit),
  };
}
