import { afterEach, describe, expect, it } from 'vitest';
import { LOCAL_ISSUER, localIssuer } from '#cli/embedded/local-issuer.ts';
import { answerTo } from '#cli/embedded/sign-in-proof.ts';
import { connect } from '#functions/workers/issuer/issuer.ts';
import { fetchedKeys } from '#shared/identity/adapters/fetched-keys.ts';
import { issuerClient, lambdaKeys } from '#shared/identity/adapters/lambda-keys.ts';
import { parseKeySet } from '#shared/identity/index.ts';
import { ManualClock, systemRandom } from '#shared/kernel/index.ts';
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
  const keys = lambdaKeys({ client: issuerClient({ ...lambda.clientConfig, maxAttempts: 1 }), function: FUNCTION });
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
    return (await issuer.signIn({ ...terms, answer: answerTo('code', terms) })).token;
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
  const described = (base: string, more: object = {}) => ({ body: JSON.stringify({ issuer: base, jwks_uri: `${base}/keys`, ...more }) });
  const isDiscovery = (path: string) => path === '/.well-known/openid-configuration';
  const unavailable = (reason: string) => ({ code: 'identity.unavailable', fate: 'retry', facts: { reason } });

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
    expect(() => fetchedKeys({ issuer })).toThrow(expect.objectContaining({ code: 'identity.issuer', fate: 'refuse' }));
  });

  it('may be of another http address only on this machine, and only when that is allowed', () => {
    expect(() => fetchedKeys({ issuer: 'http://login.example.com', allowLoopback: true })).toThrow('is no issuer');
    expect(() => fetchedKeys({ issuer: 'http://127.0.0.1.example.com', allowLoopback: true })).toThrow('is no issuer');
  });

  it('are asked for where the issuer says, and nowhere that an answer leads to', async () => {
    const { server, read } = await fetching(async (path, base) =>
      isDiscovery(path) ? described(base) : { status: 307, headers: { location: `${base}/elsewhere` }, body: '' },
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
    const { keys } = await fetchedKeys({ issuer: `${server.base}/tenant/`, allowLoopback: true }).read();
    expect(keys.map(({ kid }) => kid)).toEqual(['key-1']);
    expect(server.paths).toEqual(['/tenant/.well-known/openid-configuration', '/elsewhere']);
  });

  it.each<[string, string, Answer]>([
    ['it describes another issuer', 'discovery', async (_, base) => described(base, { issuer: 'https://other.example.com' })],
    ['it describes itself with a slash more', 'discovery', async (_, base) => described(base, { issuer: `${base}/` })],
    ['it names no keys', 'discovery', async (_, base) => described(base, { jwks_uri: undefined })],
    [
      'its keys are at an address that is not safe',
      'discovery',
      async (_, base) => described(base, { jwks_uri: 'http://login.example.com/' }),
    ],
    ['its keys are in a file', 'discovery', async (_, base) => described(base, { jwks_uri: 'file:///etc/passwd' })],
    ['it says so twice', 'discovery', async (_, base) => ({ body: `{"issuer":"${base}","issuer":"${base}","jwks_uri":"${base}/keys"}` })],
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
      async (path, base) => (isDiscovery(path) ? { status: 302, headers: { location: `${base}/elsewhere` }, body: '' } : described(base)),
    ],
    ['it answers with more than 64 KiB', 'too-large', async () => ({ body: ' '.repeat(65_537) })],
    ['its keys are none', 'key-set', async (path, base) => (isDiscovery(path) ? described(base) : { body: '{"keys":{}}' })],
    ['its keys are no object', 'key-set', async (path, base) => (isDiscovery(path) ? described(base) : { body: '[]' })],
    [
      'its keys are more than 64 KiB',
      'too-large',
      async (path, base) => (isDiscovery(path) ? described(base) : { body: ' '.repeat(65_537) }),
    ],
    [
      'its keys are more than a hundred',
      'key-set',
      async (path, base) => (isDiscovery(path) ? described(base) : { body: JSON.stringify({ keys: Array(101).fill({ kty: 'EC' }) }) }),
    ],
  ])('cannot be had when %s', async (_, reason, answer) => {
    const { read } = await fetching(answer);
    await expect(read()).rejects.toMatchObject(unavailable(reason));
  });

  it('cannot be had when an answer never comes, or stops in the middle', async () => {
    const silent = await fetching(async () => undefined);
    const keys = fetchedKeys({ issuer: silent.server.base, allowLoopback: true, timeoutMs: 20 });
    await expect(keys.read()).rejects.toMatchObject(unavailable('timeout'));
    const stopping = await fetching(async () => ({ headers: { 'content-length': '1000' }, body: '{"issuer":' }));
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
    expect(of(unnamed, { ...ec, kid: 7 }, { kty: 'oct', kid: 'b', k: 'c2VjcmV0' }, { ...ec, d: 'AQ' }, { kty: 'XX', kid: 'c' })).toEqual(
      [],
    );
  });
});

describe('keys by Lambda', () => {
  it.each<[string, InvocationEnd, string]>([
    ['the function failed', { payload: '{"errorType":"Error"}', functionError: 'Unhandled' }, 'function-error'],
    ['its answer is no key set', { payload: '{"keys":1}' }, 'key-set'],
    ['its answer is not JSON', { payload: 'null' }, 'key-set'],
    ['it may not be called', { error: 'AccessDeniedException', status: 403 }, 'AccessDeniedException'],
    ['it is not there', { error: 'ResourceNotFoundException', status: 404 }, 'ResourceNotFoundException'],
  ])('cannot be had when %s', async (_, end, reason) => {
    const lambda = await new FakeLambda(async () => end).open();
    closing.push(() => lambda.close());
    const keys = lambdaKeys({ client: issuerClient(lambda.clientConfig), function: FUNCTION });
    await expect(keys.read()).rejects.toMatchObject({ code: 'identity.unavailable', facts: { reason } });
  });

  it('cost one call, which tells the function nothing', async () => {
    const lambda = await new FakeLambda(async () => ({ payload: '{"keys":[]}' })).open();
    closing.push(() => lambda.close());
    await lambdaKeys({ client: issuerClient(lambda.clientConfig), function: FUNCTION }).read();
    expect(lambda.invocations.map(({ payload, ...call }) => ({ ...call, payload: payload.toString() }))).toEqual([
      { function: FUNCTION, type: 'RequestResponse', payload: '{}' },
    ]);
  });
});
