import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { LOCAL_ISSUER, localIssuer } from '#functions/embedded/local-issuer.ts';
import { clientProof } from '#functions/embedded/sign-in-proof.ts';
import { connect } from '#functions/workers/issuer/issuer.ts';
import { fetchedKeys } from '#shared/identity/adapters/fetched-keys.ts';
import { issuerClient, lambdaKeys } from '#shared/identity/adapters/lambda-keys.ts';
import { type KeySet, parseKeySet, tokenVerifier } from '#shared/identity/index.ts';
import { ManualClock, type Metrics, systemRandom } from '#shared/kernel/index.ts';
import { describeIssuerKeys } from '../../contracts/issuer-keys.ts';
import { FakeLambda, type InvocationEnd, running } from '../../support/aws/fakes/lambda.ts';
import { NOW, publishing, serve, testIssuer } from './test-issuer.ts';

const FUNCTION = 'writ-test_issuer';

/** An issuer that publishes its keys on this machine. */
async function published() {
  const issuer = await testIssuer();
  const server = await publishing(async () => issuer);
  const keys = fetchedKeys({ issuer: server.base, allowLoopback: true });

  return {
    keys,
    now: NOW,
    sign: () => issuer.sign(),
    rotate: () => issuer.rotate(),
    stop: () => server.close(),
    close: () => server.close(),
  };
}

describeIssuerKeys('fetched', published);

describeIssuerKeys('by Lambda, from the function that fetches them', async () => {
  const under = await published();
  const handler = connect({ keys: under.keys });
  const lambda = await new FakeLambda(running(new Map([[FUNCTION, () => handler()]]))).open();
  const keys = lambdaKeys({
    client: issuerClient({ ...lambda.clientConfig, maxAttempts: 1 }),
    function: FUNCTION,
  });

  return {
    ...under,
    keys,
    close() {
      under.close();
      lambda.close();
    },
  };
});

describeIssuerKeys('of one machine', async () => {
  const issuer = await localIssuer({
    code: 'code',
    people: ['alice'],
    clock: new ManualClock(NOW),
    random: systemRandom(),
    record: async () => {},
  });

  const sign = async () => {
    const terms = { challenge: issuer.challenge(), person: 'alice', address: '127.0.0.1:8420' };
    return (await issuer.signIn({ ...terms, answer: clientProof('code', terms) })).token;
  };

  return { keys: issuer, now: NOW, sign, close() {} };
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

describe('keys that are fetched', () => {
  type Answer = Parameters<typeof serve>[0];

  async function fetching(answer: Answer) {
    const server = await serve(answer);
    closing.push(() => server.close());
    return { server, read: () => fetchedKeys({ issuer: server.base, allowLoopback: true }).read() };
  }

  const described = (base: string, more: object = {}) => ({
    body: JSON.stringify({ issuer: base, jwks_uri: `${base}/keys`, ...more }),
  });
  const isDiscovery = (path: string) => path === '/.well-known/openid-configuration';
  const unavailable = (reason: string) => ({
    code: 'identity.unavailable',
    fate: 'retry',
    facts: { reason },
  });

  it.each([
    'http://login.example.com',
    'http://127.0.0.1:1234',
    'ftp://login.example.com',
    'file:///etc/passwd',
    'https://user@login.example.com',
    'https://user:word@login.example.com',
    'https://login.example.com?a=b',
    'https://login.example.com#a',
    'login.example.com',
    LOCAL_ISSUER,
    '',
  ])('are of an https address only, not of "%s"', (issuer) => {
    expect(() => fetchedKeys({ issuer })).toThrow(
      expect.objectContaining({ code: 'identity.issuer', fate: 'refuse' }),
    );
  });

  it('may be of another http address only on this machine, and only when that is allowed', () => {
    expect(() => fetchedKeys({ issuer: 'http://login.example.com', allowLoopback: true })).toThrow(
      'is no issuer',
    );
    expect(() =>
      fetchedKeys({ issuer: 'http://127.0.0.1.example.com', allowLoopback: true }),
    ).toThrow('is no issuer');
  });

  it('are asked for where the issuer says, and nowhere that an answer leads to', async () => {
    const { server, read } = await fetching(async (path, base) =>
      isDiscovery(path)
        ? described(base)
        : { status: 307, headers: { location: `${base}/elsewhere` }, body: '' },
    );
    await expect(read()).rejects.toMatchObject(unavailable('network'));
    expect(server.paths).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  it('are found where the issuer says, also below a path', async () => {
    const issuer = await testIssuer();
    const { server } = await fetching(async (path, base) =>
      path === '/tenant/.well-known/openid-configuration'
        ? described(`${base}/tenant/`, { issuer: `${base}/tenant/`, jwks_uri: `${base}/elsewhere` })
        : { body: JSON.stringify(await issuer.published()) },
    );

    const { keys } = await fetchedKeys({
      issuer: `${server.base}/tenant/`,
      allowLoopback: true,
    }).read();

    expect(keys.map(({ kid }) => kid)).toEqual(['key-1']);
    expect(server.paths).toEqual(['/tenant/.well-known/openid-configuration', '/elsewhere']);
  });

  it.each<[string, string, Answer]>([
    [
      'it describes another issuer',
      'discovery',
      async (_, base) => described(base, { issuer: 'https://other.example.com' }),
    ],
    [
      'it describes itself with a slash more',
      'discovery',
      async (_, base) => described(base, { issuer: `${base}/` }),
    ],
    ['it names no keys', 'discovery', async (_, base) => described(base, { jwks_uri: undefined })],
    [
      'its keys are at an address that is not safe',
      'discovery',
      async (_, base) => described(base, { jwks_uri: 'http://login.example.com/' }),
    ],
    [
      'its keys are in a file',
      'discovery',
      async (_, base) => described(base, { jwks_uri: 'file:///etc/passwd' }),
    ],
    [
      'it says so twice',
      'discovery',
      async (_, base) => ({
        body: `{"issuer":"${base}","issuer":"${base}","jwks_uri":"${base}/keys"}`,
      }),
    ],
    [
      'it answers with what is deeper than any reader goes',
      'discovery',
      async () => ({ body: `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}` }),
    ],
    ['it answers with something else', 'discovery', async () => ({ body: '<html>' })],
    ['it fails', 'http-503', async () => ({ status: 503, body: '{}' })],
    ['it answers with an empty success', 'http-204', async () => ({ status: 204, body: '' })],
    [
      'it leads elsewhere',
      'network',
      async (path, base) =>
        isDiscovery(path)
          ? { status: 302, headers: { location: `${base}/elsewhere` }, body: '' }
          : described(base),
    ],
    ['it answers with more than 64 KiB', 'too-large', async () => ({ body: ' '.repeat(65_537) })],
    [
      'its keys are none',
      'key-set',
      async (path, base) => (isDiscovery(path) ? described(base) : { body: '{"keys":{}}' }),
    ],
    [
      'its keys are no object',
      'key-set',
      async (path, base) => (isDiscovery(path) ? described(base) : { body: '[]' }),
    ],
    [
      'its keys are more than 64 KiB',
      'too-large',
      async (path, base) => (isDiscovery(path) ? described(base) : { body: ' '.repeat(65_537) }),
    ],
    [
      'its keys are more than a hundred',
      'key-set',
      async (path, base) =>
        isDiscovery(path)
          ? described(base)
          : { body: JSON.stringify({ keys: Array(101).fill({ kty: 'EC' }) }) },
    ],
  ])('cannot be had when %s', async (_, reason, answer) => {
    const { read } = await fetching(answer);
    await expect(read()).rejects.toMatchObject(unavailable(reason));
  });

  it('cannot be had when an answer never comes, or stops in the middle', async () => {
    const silent = await fetching(async () => undefined);
    const keys = fetchedKeys({ issuer: silent.server.base, allowLoopback: true, timeoutMs: 20 });
    await expect(keys.read()).rejects.toMatchObject(unavailable('timeout'));

    const stopping = await fetching(async () => ({
      headers: { 'content-length': '1000' },
      body: '{"issuer":',
    }));

    const half = fetchedKeys({ issuer: stopping.server.base, allowLoopback: true, timeoutMs: 20 });
    await expect(half.read()).rejects.toMatchObject({ code: 'identity.unavailable' });
  });

  it('cannot be had when nobody is there', async () => {
    const { server, read } = await fetching(async () => undefined);
    server.close();
    await expect(read()).rejects.toMatchObject(unavailable('ECONNREFUSED'));
  });
});

describe('a key set', () => {
  const of = (...keys: object[]) => parseKeySet(Buffer.from(JSON.stringify({ keys }))).keys;
  const ec = { kty: 'EC', kid: 'a', crv: 'P-256', x: 'AQ', y: 'AQ' };

  it('is read without what checks no signature: certificates and addresses of keys, for one', () => {
    expect(of({ ...ec, x5c: ['MIIB'], x5u: 'https://a.example', more: {} })).toEqual([ec]);
  });

  it('is read without keys that could check nothing here, or that are lost because they were published', () => {
    const { kid: _, ...unnamed } = ec;

    expect(
      of(
        unnamed,
        { ...ec, kid: 7 },
        { kty: 'oct', kid: 'b', k: 'c2VjcmV0' },
        { ...ec, d: 'AQ' },
        { kty: 'XX', kid: 'c' },
      ),
    ).toEqual([]);
  });
});

describe('one odd entry of a key set', () => {
  const pem = { kty: 'RSA', kid: 'other', n: 'AQAB', e: 'AQAB' };

  /** Entries that no token can be checked with; `good` is the one that signs. */
  const odd = (good: Record<string, unknown>): readonly unknown[] => [
    null,
    7,
    'key',
    true,
    [],
    [good],
    {},
    { keys: [good] },
    { ...good, kid: undefined },
    { ...good, kid: 7 },
    { ...good, kid: '' },
    { ...good, kid: 'x'.repeat(257) },
    { ...good, kty: undefined },
    { ...good, kty: 'AKP', alg: 'ML-DSA-65' },
    { ...good, kty: ['EC'] },
    { kty: 'oct', kid: 'key-1', k: 'c2VjcmV0' },
    { ...good, d: 'AQ' },
    { ...good, alg: 7 },
    { ...good, alg: 'RSA-OAEP' },
    { ...good, alg: 'ES384' },
    { ...good, use: 'enc' },
    { ...good, use: ['sig'] },
    { ...good, key_ops: ['encrypt'] },
    { ...good, key_ops: 'verify' },
    { ...good, key_ops: Array(9).fill('verify') },
    { ...good, crv: 'P-1024' },
    { ...good, crv: 'secp256k1' },
    { ...good, x: '=' },
    { ...good, x: undefined },
    { ...good, y: good.x },
    { ...good, x: 'A'.repeat(3_000) },
    { ...pem, kid: 'key-1' },
    { ...pem, n: 'A'.repeat(3_000) },
    { kty: 'OKP', crv: 'X25519', kid: 'key-1', x: good.x },
    JSON.parse('{"__proto__":{"kid":"key-1"},"kty":"EC"}'),
  ];

  async function goodKey() {
    const issuer = await testIssuer();
    const [good] = (await issuer.published()).keys as [Record<string, unknown>];
    return { issuer, good };
  }

  const verifierOf = (issuer: string, read: () => Promise<KeySet>, metrics?: Metrics) =>
    tokenVerifier({
      issuer,
      audience: ['api'],
      keys: { read },
      clock: new ManualClock(NOW),
      metrics,
    });

  it('alone is left out, wherever it stands and however many there are', async () => {
    const { issuer, good } = await goodKey();
    const token = await issuer.sign();
    const some = fc.shuffledSubarray([...odd(good), good, { ...good, x5c: ['MIIB'] }], {
      minLength: 1,
    });

    await fc.assert(
      fc.asyncProperty(some, fc.nat(40), async (entries, at) => {
        const keys = entries.toSpliced(at, 0, good);
        const { verify } = verifierOf(issuer.issuer, async () =>
          parseKeySet(Buffer.from(JSON.stringify({ keys }))),
        );
        expect(await verify(token)).toMatchObject({ subject: 'alice' });
      }),
      { numRuns: 60 },
    );
  });

  it('is none that names a member twice, or has one that is null', async () => {
    const { issuer, good } = await goodKey();
    const twice = JSON.stringify(good).replace('{', '{"kid":"other",');
    const nulls = { ...good, key_ops: null, use: null, y5: null };

    for (const text of [
      `{"keys":[${twice}]}`,
      JSON.stringify({ keys: [nulls] }),
      `{"keys":[{"kty":"EC","kty":"XX"},${JSON.stringify(good)}]}`,
      JSON.stringify({ keys: [good], skipped: 'none' }),
    ]) {
      const { verify } = verifierOf(issuer.issuer, async () => parseKeySet(Buffer.from(text)));
      expect(await verify(await issuer.sign())).toMatchObject({ subject: 'alice' });
    }
  });

  it.each(['fetched', 'by Lambda'])(
    'is counted once for each reading of the keys, %s',
    async (way) => {
      const { issuer, good } = await goodKey();
      const server = await serve(async (path, base) =>
        path === '/keys'
          ? { body: JSON.stringify({ keys: [null, good, ...odd(good), good] }) }
          : { body: JSON.stringify({ issuer: base, jwks_uri: `${base}/keys` }) },
      );

      const keys = fetchedKeys({ issuer: server.base, allowLoopback: true });
      const lambda = await new FakeLambda(
        running(new Map([[FUNCTION, () => connect({ keys })()]])),
      ).open();

      closing.push(
        () => server.close(),
        () => lambda.close(),
      );

      const source =
        way === 'fetched'
          ? keys
          : lambdaKeys({ client: issuerClient(lambda.clientConfig), function: FUNCTION });

      const counted: [string, number][] = [];
      const metrics: Metrics = {
        add: (name, value) => counted.push([name, value]),
        flush: () => {},
      };

      const { verify } = verifierOf(issuer.issuer, () => source.read(), metrics);

      for (let i = 0; i < 3; i++)
        expect(await verify(await issuer.sign())).toMatchObject({ subject: 'alice' });

      const { keys: left, skipped = 0 } = await source.read();

      expect(counted).toEqual([['KeysSkipped', skipped]]);
      expect(left.length + skipped).toBe(odd(good).length + 3);
      expect(skipped).toBeGreaterThan(20);
    },
  );
});

describe('keys by Lambda', () => {
  it.each<[string, InvocationEnd, string]>([
    [
      'the function failed',
      { payload: '{"errorType":"Error"}', functionError: 'Unhandled' },
      'function-error',
    ],
    ['its answer is no key set', { payload: '{"keys":1}' }, 'key-set'],
    ['its answer is not JSON', { payload: 'null' }, 'key-set'],
    [
      'it may not be called',
      { error: 'AccessDeniedException', status: 403 },
      'AccessDeniedException',
    ],
    [
      'it is not there',
      { error: 'ResourceNotFoundException', status: 404 },
      'ResourceNotFoundException',
    ],
  ])('cannot be had when %s', async (_, end, reason) => {
    const lambda = await new FakeLambda(async () => end).open();
    closing.push(() => lambda.close());
    const keys = lambdaKeys({ client: issuerClient(lambda.clientConfig), function: FUNCTION });
    await expect(keys.read()).rejects.toMatchObject({
      code: 'identity.unavailable',
      facts: { reason },
    });
  });

  it('cost one call, which tells the function nothing', async () => {
    const lambda = await new FakeLambda(async () => ({ payload: '{"keys":[]}' })).open();
    closing.push(() => lambda.close());
    await lambdaKeys({ client: issuerClient(lambda.clientConfig), function: FUNCTION }).read();
    expect(
      lambda.invocations.map(({ payload, ...call }) => ({ ...call, payload: payload.toString() })),
    ).toEqual([{ function: FUNCTION, type: 'RequestResponse', payload: '{}' }]);
  });
});
