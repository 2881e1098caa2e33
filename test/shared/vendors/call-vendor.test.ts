import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { vendorFunction } from '#functions/framework/lambda/vendor-function.ts';
import { SecretUnavailableError } from '#shared/crypto/index.ts';
import { requestHash, responseHash, type VendorRequest } from '#shared/engine/index.ts';
import { HOUR, ManualClock } from '#shared/kernel/index.ts';
import { callVendor, vendor } from '#shared/vendors/index.ts';

const bank = vendor({
  name: 'bank',
  hosts: ['api.bank.example'],
  kind: { kind: 'lookup', settlesMs: 0 },
  secret: 'token',
  timeout: 300,
  lookupPath: (key) => `/by-key/${encodeURIComponent(key)}`,
});
const request: VendorRequest = {
  method: 'POST',
  path: '/payments',
  body: '{"amount":1}',
  blind: 'blinding',
};
const vault = {
  get: async (name: string) => {
    if (name !== 'token') throw new Error('no such secret');
    return 'the-secret-token';
  },
};

/** The vendor function's time, and the time of a caller who has all of it. */
const clock = new ManualClock(Date.UTC(2026, 0, 2));
const LATER = clock.now() + HOUR;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A vendor on this machine that answers as `listener` does. */
async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const call = (
  url: string,
  over: Partial<VendorRequest> = {},
  operation: 'call' | 'lookup' = 'call',
  allowLoopback = true,
) =>
  callVendor(
    { vendor: bank, endpoint: { url, allowLoopback }, vault, clock },
    {
      operation,
      key: 'run/pay/do/1',
      request: { ...request, ...over },
      notAfter: LATER,
    },
  );

describe('a call of a vendor', () => {
  it('carries the secret, the key and exactly the bytes, and comes back with hashes instead of content', async () => {
    const seen: Record<string, unknown> = {};

    const url = await answering(async (incoming, response) => {
      let body = '';
      for await (const part of incoming) body += part;

      Object.assign(seen, {
        method: incoming.method,
        url: incoming.url,
        body,
        key: incoming.headers['idempotency-key'],
        auth: incoming.headers.authorization,
      });

      response.writeHead(201).end('{"paymentId":"p1"}');
    });

    const outcome = await call(url);

    expect(seen).toEqual({
      method: 'POST',
      url: '/payments',
      body: '{"amount":1}',
      key: 'run/pay/do/1',
      auth: 'Bearer the-secret-token',
    });

    expect(outcome).toEqual({
      outcome: 'answered',
      body: '{"paymentId":"p1"}',
      use: {
        vendor: 'bank',
        host: new URL(url).host,
        status: 201,
        secret: 'token',
        request: requestHash(request),
        response: responseHash(request, '{"paymentId":"p1"}'),
      },
    });

    expect(JSON.stringify(outcome.use)).not.toContain('the-secret-token');
  });

  it('asks a lookup by key, without a body', async () => {
    const seen: (string | undefined)[] = [];
    const url = await answering((incoming, response) => {
      seen.push(incoming.method, incoming.url);
      response.writeHead(404).end('{}');
    });
    expect((await call(url, {}, 'lookup')).outcome).toBe('refused');
    expect(seen).toEqual(['GET', '/by-key/run%2Fpay%2Fdo%2F1']);
  });

  it.each([
    [200, 'answered'],
    [404, 'refused'],
    [400, 'unknown'],
    [401, 'unknown'],
    [403, 'unknown'],
    [410, 'unknown'],
    [500, 'unknown'],
  ])(
    'takes status %i of a lookup for %s: only "not found" says that nothing happened',
    async (status, outcome) => {
      const url = await answering((_, response) => response.writeHead(status).end());
      expect((await call(url, {}, 'lookup')).outcome).toBe(outcome);
    },
  );

  it.each([
    [200, 'answered'],
    [204, 'answered'],
    [400, 'refused'],
    [403, 'refused'],
    [404, 'refused'],
    [422, 'refused'],
    [408, 'unknown'],
    [409, 'unknown'],
    [425, 'unknown'],
    [429, 'unknown'],
    [500, 'unknown'],
    [503, 'unknown'],
  ])('takes status %i for %s', async (status, outcome) => {
    const url = await answering((_, response) => response.writeHead(status).end());
    expect((await call(url)).outcome).toBe(outcome);
  });

  it('follows no redirect: the vendor could send the secret anywhere', async () => {
    let followed = false;
    const other = await answering((_, response) => {
      followed = true;
      response.end();
    });

    const url = await answering((_, response) =>
      response.writeHead(307, { location: `${other}/payments` }).end(),
    );

    expect((await call(url)).outcome).toBe('unknown');
    expect(followed).toBe(false);
  });

  it('knows that nothing left when nobody listens', async () => {
    const url = await answering(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await call(url)).toMatchObject({ outcome: 'unsent', code: 'econnrefused' });
  });

  it('knows that nothing left when the connection ends during the handshake of TLS', async () => {
    const server = createTcpServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

    try {
      const outcome = await call(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
      expect(outcome).toMatchObject({ outcome: 'unsent', code: 'econnreset' });
    } finally {
      server.close();
    }
  });

  const failed = (cause: object) => Object.assign(new TypeError('fetch failed'), { cause });
  const tried = (code: string, syscall: string) => Object.assign(new Error('x'), { code, syscall });

  it.each([
    [{ code: 'ENOTFOUND', syscall: 'getaddrinfo' }, 'unsent', 'enotfound'],
    [{ code: 'EAI_FAIL', syscall: 'getaddrinfo' }, 'unsent', 'eai-fail'],
    [{ code: 'ETIMEDOUT', syscall: 'connect' }, 'unsent', 'etimedout'],
    [{ code: 'ECONNRESET', syscall: 'connect' }, 'unsent', 'econnreset'],
    [
      {
        code: 'ETIMEDOUT',
        errors: [tried('ETIMEDOUT', 'connect'), tried('ENETUNREACH', 'connect')],
      },
      'unsent',
      'etimedout',
    ],
    [{ code: 'CERT_NOT_YET_VALID' }, 'unsent', 'cert-not-yet-valid'],
    [{ code: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'unsent', 'self-signed-cert-in-chain'],
    [{ code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }, 'unsent', 'unable-to-get-issuer-cert-locally'],
    [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'unsent', 'err-tls-cert-altname-invalid'],
    [{ code: 'ECONNREFUSED' }, 'unsent', 'econnrefused'],
    [{ code: 'ETIMEDOUT' }, 'unknown', 'connection-lost'],
    [{ code: 'ETIMEDOUT', syscall: 'read' }, 'unknown', 'connection-lost'],
    [
      { code: 'ETIMEDOUT', errors: [tried('ETIMEDOUT', 'connect'), tried('ECONNRESET', 'read')] },
      'unknown',
      'connection-lost',
    ],
    [{ code: 'ECONNREFUSED', syscall: 'write' }, 'unknown', 'connection-lost'],
    [{ code: 'ECONNRESET', message: 'read ECONNRESET' }, 'unknown', 'connection-lost'],
    [{ code: 'EPROTO', syscall: 'write' }, 'unknown', 'connection-lost'],
    [{ code: 'UND_ERR_SOCKET' }, 'unknown', 'connection-lost'],
    [{}, 'unknown', 'connection-lost'],
  ])(
    'tells from the error of the network %j whether anything left',
    async (cause, outcome, code) => {
      vi.spyOn(globalThis, 'fetch').mockRejectedValueOnce(failed(cause));
      expect(await call('http://127.0.0.1:1')).toMatchObject({ outcome, code });
    },
  );

  it('does not know what happened when the connection drops, or no answer comes in time', async () => {
    expect(await call(await answering((incoming) => incoming.socket.destroy()))).toMatchObject({
      outcome: 'unknown',
      code: 'connection-lost',
    });

    expect(await call(await answering(() => {}))).toMatchObject({
      outcome: 'unknown',
      code: 'timeout',
    });

    const half = await answering((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"paym');
    });

    expect(await call(half)).toMatchObject({ outcome: 'unknown', code: 'timeout' });
  });

  it('reads no endless answer', async () => {
    const url = await answering((_, response) => {
      response.writeHead(200);
      const more = () => {
        while (response.write('x'.repeat(64_000)));
        response.once('drain', more);
      };
      more();
    });

    expect(await call(url)).toMatchObject({ outcome: 'unknown' });
  });
});

describe('where a vendor function may go', () => {
  it.each([
    ['http://api.bank.example', 'plain HTTP'],
    ['https://evil.example', 'another host'],
    ['https://api.bank.example.evil.example', 'a longer host'],
    ['https://sub.api.bank.example', 'a host below'],
    ['ftp://api.bank.example', 'another scheme'],
    ['https://169.254.169.254', 'the metadata service'],
    ['no url', 'no URL'],
  ])('is not %s: %s', async (url) => {
    expect(await call(url)).toMatchObject({
      outcome: 'unsent',
      code: expect.stringMatching(/^(host-not-allowed|url-invalid)$/),
    });
  });

  it('is not this machine, unless the embedded mode says so', async () => {
    const url = await answering((_, response) => response.end('{}'));
    expect(await call(url, {}, 'call', false)).toMatchObject({
      outcome: 'unsent',
      code: 'host-not-allowed',
    });
  });

  it.each([
    '//evil.example/x',
    'https://evil.example/',
    '/a/../../x y',
    '/x\\y',
    '/x#y',
    '@evil.example',
    '',
    '/x\u0000',
    '/\nHost: x',
  ])('is decided by the vendor, not by the path %j', async (path) => {
    let asked: string | undefined;
    const url = await answering((incoming, response) => {
      asked = incoming.headers.host;
      response.end('{}');
    });
    const { outcome, code } = await call(url, { path });
    expect([outcome, code, asked]).toEqual(['unsent', 'path-invalid', undefined]);
  });

  it('sends nothing when the secret is missing', async () => {
    let asked = false;
    const url = await answering(() => {
      asked = true;
    });
    const other = { ...bank, secret: 'other' };

    expect(
      await callVendor(
        { vendor: other, endpoint: { url, allowLoopback: true }, vault, clock },
        {
          operation: 'call',
          key: 'k',
          request,
          notAfter: LATER,
        },
      ),
    ).toMatchObject({
      outcome: 'unsent',
      code: 'secret-missing',
    });

    expect(asked).toBe(false);
  });

  it('sends nothing while the vault does not serve, and says so', async () => {
    const closed = {
      get: () => Promise.reject(new SecretUnavailableError('token', 'ThrottlingException')),
    };

    expect(
      await callVendor(
        {
          vendor: bank,
          endpoint: { url: 'http://127.0.0.1:1', allowLoopback: true },
          vault: closed,
          clock,
        },
        {
          operation: 'call',
          key: 'k',
          request,
          notAfter: LATER,
        },
      ),
    ).toMatchObject({ outcome: 'unsent', code: 'secret-unavailable' });
  });
});

describe('the time of a call', () => {
  const hanging = () => new Promise<never>(() => {});

  /** A vendor that keeps how it was asked. */
  async function asked(status = 200) {
    const seen: (string | undefined)[] = [];
    const url = await answering((incoming, response) => {
      seen.push(incoming.headers.authorization);
      response.writeHead(status).end('{}');
    });
    return { seen, url };
  }

  const hasty = { ...bank, timeoutMs: 40 };

  type Get = (name: string, options?: { readonly fresh?: boolean }) => Promise<string>;

  const send = (url: string, get: Get, own = hasty, signal?: AbortSignal) =>
    callVendor(
      { vendor: own, endpoint: { url, allowLoopback: true }, vault: { get }, clock },
      { operation: 'call', key: 'k', request, notAfter: LATER },
      signal,
    );

  it('counts from before the secret is read: of a vault that hangs nothing leaves', async () => {
    const { url, seen } = await asked();
    expect(await send(url, hanging)).toMatchObject({
      outcome: 'unsent',
      code: 'secret-unavailable',
    });
    expect(seen).toEqual([]);
  });

  it('is over when the caller gives up while the secret is read, or before', async () => {
    const { url, seen } = await asked();
    const stop = new AbortController();
    const giveUp = async () => {
      stop.abort();
      return 'token';
    };

    expect((await send(url, giveUp, bank, stop.signal)).outcome).toBe('unsent');
    expect(await send(url, giveUp, bank, stop.signal)).toMatchObject({
      outcome: 'unsent',
      code: 'too-late',
    });

    expect(seen).toEqual([]);
  });

  it('leaves a refusal as it is when a rotated secret cannot be had in it, or is none', async () => {
    const { url, seen } = await asked(401);
    for (const fresh of [hanging, async () => '', async () => 'tok\nx: y']) {
      const get: Get = async (_, options) => (options?.fresh === true ? fresh() : 'old');
      expect(await send(url, get, bank)).toMatchObject({ outcome: 'refused', code: 'http-401' });
    }
    expect(seen).toEqual(['Bearer old', 'Bearer old', 'Bearer old']);
  });
});

/**
 * A vault that remembers, as the one on AWS does: `old` until a fresh value is asked for, which is
 * then `current`.
 */
function remembering(old: string, current: string | (() => Promise<string>)) {
  const asked: boolean[] = [];
  return {
    asked,
    get: async (_: string, options?: { readonly fresh?: boolean }) => {
      asked.push(options?.fresh === true);
      if (options?.fresh !== true) return old;
      return typeof current === 'string' ? current : current();
    },
  };
}

describe('a secret that is rotated while a vault still remembers the old one', () => {
  /** A vendor that takes one token only; `seen` is everything that reached it. */
  async function rotating(token: string, refusal = 401) {
    const seen: { authorization?: string; key?: string | string[]; body: string; path?: string }[] =
      [];

    const url = await answering(async (incoming, response) => {
      let body = '';
      for await (const part of incoming) body += part;

      const { authorization } = incoming.headers;

      seen.push({
        authorization,
        key: incoming.headers['idempotency-key'],
        body,
        path: incoming.url,
      });

      if (authorization === `Bearer ${token}`) response.writeHead(200).end('{"paymentId":"p1"}');
      else response.writeHead(refusal).end('{"error":"token"}');
    });

    return { url, seen };
  }

  const send = (
    url: string,
    from: ReturnType<typeof remembering>,
    operation: 'call' | 'lookup' = 'call',
    signal?: AbortSignal,
  ) =>
    callVendor(
      { vendor: bank, endpoint: { url, allowLoopback: true }, vault: from, clock },
      { operation, key: 'run/pay/do/1', request, notAfter: LATER },
      signal,
    );

  it.each([401, 403])(
    'costs a call nothing after a %i: the same bytes go out under the same key with the new one',
    async (refusal) => {
      const { url, seen } = await rotating('new', refusal);
      const from = remembering('old', 'new');
      const outcome = await send(url, from);

      expect(outcome).toMatchObject({
        outcome: 'answered',
        body: '{"paymentId":"p1"}',
        use: { status: 200 },
      });

      expect(outcome.code).toBeUndefined();

      const same = { key: 'run/pay/do/1', body: request.body, path: '/payments' };

      expect(seen).toEqual([
        { ...same, authorization: 'Bearer old' },
        { ...same, authorization: 'Bearer new' },
      ]);

      expect(from.asked).toEqual([false, true]);
    },
  );

  it('costs a lookup nothing either', async () => {
    const { url, seen } = await rotating('new');
    expect(await send(url, remembering('old', 'new'), 'lookup')).toMatchObject({
      outcome: 'answered',
    });
    expect(seen).toHaveLength(2);
  });

  it('is not the reason when the vault has no other: the refusal stands, and nothing goes out again', async () => {
    const { url, seen } = await rotating('new');
    const from = remembering('old', 'old');
    expect(await send(url, from)).toMatchObject({ outcome: 'refused', code: 'http-401' });
    expect(await send(url, from, 'lookup')).toMatchObject({ outcome: 'unknown', code: 'http-401' });
    expect(seen).toHaveLength(2);
  });

  it('goes out no third time when the new one is refused too', async () => {
    const { url, seen } = await rotating('newer', 403);

    expect(await send(url, remembering('old', 'new'))).toMatchObject({
      outcome: 'refused',
      code: 'http-403',
      use: { status: 403 },
    });

    expect(await send(url, remembering('old', 'new'), 'lookup')).toMatchObject({
      outcome: 'unknown',
      code: 'http-403',
    });

    expect(seen).toHaveLength(4);
  });

  it('cannot be picked up while the vault does not serve: the refusal stands', async () => {
    const { url, seen } = await rotating('new');
    const from = remembering('old', () =>
      Promise.reject(new SecretUnavailableError('token', 'ThrottlingException')),
    );
    expect(await send(url, from)).toMatchObject({ outcome: 'refused', code: 'http-401' });
    expect(seen).toHaveLength(1);
  });

  it('is not sent to a vendor any more once the time is up', async () => {
    const { url, seen } = await rotating('new');
    const stop = new AbortController();
    const from = remembering('old', async () => {
      stop.abort();
      return 'new';
    });

    expect(await send(url, from, 'call', stop.signal)).toMatchObject({
      outcome: 'refused',
      code: 'http-401',
    });

    expect(seen).toHaveLength(1);
  });

  it('leaves open what happened when the second request gets no answer', async () => {
    const url = await answering((incoming, response) => {
      if (incoming.headers.authorization === 'Bearer new') incoming.socket.destroy();
      else response.writeHead(401).end();
    });

    expect(await send(url, remembering('old', 'new'))).toMatchObject({
      outcome: 'unknown',
      code: 'connection-lost',
    });
  });

  it.each([200, 400, 404, 409, 500])('is not asked for after a %i', async (status) => {
    const url = await answering((_, response) => response.writeHead(status).end());
    const from = remembering('old', 'new');
    await send(url, from);
    expect(from.asked).toEqual([false]);
  });

  it('is shown by no outcome, neither the old nor the new', async () => {
    const { url } = await rotating('newer');
    expect(JSON.stringify(await send(url, remembering('old-canary', 'new-canary')))).not.toContain(
      'canary',
    );
  });
});

describe('a vendor function', () => {
  it('refuses a call that is not of its form, and repeats nothing of it', async () => {
    const invoke = vendorFunction(bank).connect({
      vault,
      place: { url: 'http://127.0.0.1:1', allowLoopback: true },
      clock,
    });

    for (const bad of [
      undefined,
      {},
      { operation: 'delete' },
      {
        operation: 'call',
        key: 'k',
        request: { ...request, headers: { host: 'NL91ABNA0417164300' } },
        notAfter: LATER,
      },
      { operation: 'call', key: 'k', request },
      { operation: 'call', key: 'k', request, notAfter: LATER + 0.5 },
      {
        operation: 'call',
        key: 'k',
        request: { ...request, path: `/${'p'.repeat(1_000)}` },
        notAfter: LATER,
      },
    ]) {
      const error = await invoke(bad as never).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'vendor.call-invalid' });
      expect(error.message).not.toContain('NL91');
    }
  });
});
