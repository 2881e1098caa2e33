import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { vendorFunction } from '#functions/middleware/vendor-function.ts';
import { requestHash, responseHash, type VendorRequest } from '#shared/engine/index.ts';
import { callVendor, vendor } from '#shared/vendors/index.ts';

const bank = vendor({
  name: 'bank',
  hosts: ['api.bank.example'],
  kind: { kind: 'lookup', settlesMs: 0 },
  secret: 'token',
  timeout: 300,
  lookupPath: (key) => `/by-key/${encodeURIComponent(key)}`,
});
const request: VendorRequest = { method: 'POST', path: '/payments', body: '{"amount":1}', blind: 'blinding' };
const vault = {
  get: async (name: string) => {
    if (name !== 'token') throw new Error('no such secret');
    return 'the-secret-token';
  },
};

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

const call = (url: string, over: Partial<VendorRequest> = {}, operation: 'call' | 'lookup' = 'call', allowLoopback = true) =>
  callVendor(bank, { url, allowLoopback }, vault, { operation, key: 'run/pay/do/1', request: { ...request, ...over } });

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
    expect(seen).toEqual({ method: 'POST', url: '/payments', body: '{"amount":1}', key: 'run/pay/do/1', auth: 'Bearer the-secret-token' });
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
  ])('takes status %i of a lookup for %s: only "not found" says that nothing happened', async (status, outcome) => {
    const url = await answering((_, response) => response.writeHead(status).end());
    expect((await call(url, {}, 'lookup')).outcome).toBe(outcome);
  });

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
    const url = await answering((_, response) => response.writeHead(307, { location: `${other}/payments` }).end());
    expect((await call(url)).outcome).toBe('unknown');
    expect(followed).toBe(false);
  });

  it('knows that nothing left when nobody listens', async () => {
    const url = await answering(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await call(url)).toMatchObject({ outcome: 'unsent', code: 'econnrefused' });
  });

  it('does not know what happened when the connection drops, or no answer comes in time', async () => {
    expect(await call(await answering((incoming) => incoming.socket.destroy()))).toMatchObject({
      outcome: 'unknown',
      code: 'connection-lost',
    });
    expect(await call(await answering(() => {}))).toMatchObject({ outcome: 'unknown', code: 'timeout' });
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
    expect(await call(url)).toMatchObject({ outcome: 'unsent', code: expect.stringMatching(/^(host-not-allowed|url-invalid)$/) });
  });

  it('is not this machine, unless the embedded mode says so', async () => {
    const url = await answering((_, response) => response.end('{}'));
    expect(await call(url, {}, 'call', false)).toMatchObject({ outcome: 'unsent', code: 'host-not-allowed' });
  });

  it.each(['//evil.example/x', 'https://evil.example/', '/a/../../x y', '/x\\y', '/x#y', '@evil.example', '', '/x\u0000', '/\nHost: x'])(
    'is decided by the vendor, not by the path %j',
    async (path) => {
      let asked: string | undefined;
      const url = await answering((incoming, response) => {
        asked = incoming.headers.host;
        response.end('{}');
      });
      const { outcome, code } = await call(url, { path });
      expect([outcome, code, asked]).toEqual(['unsent', 'path-invalid', undefined]);
    },
  );

  it('sends nothing when the secret is missing', async () => {
    let asked = false;
    const url = await answering(() => {
      asked = true;
    });
    const other = { ...bank, secret: 'other' };
    expect(await callVendor(other, { url, allowLoopback: true }, vault, { operation: 'call', key: 'k', request })).toMatchObject({
      outcome: 'unsent',
      code: 'secret-missing',
    });
    expect(asked).toBe(false);
  });
});

describe('a vendor function', () => {
  it('refuses a call that is not of its form, and repeats nothing of it', async () => {
    const invoke = vendorFunction(bank).connect({ vault, place: { url: 'http://127.0.0.1:1', allowLoopback: true } });
    for (const bad of [
      undefined,
      {},
      { operation: 'delete' },
      { operation: 'call', key: 'k', request: { ...request, headers: { host: 'NL91ABNA0417164300' } } },
    ]) {
      const error = await invoke(bad as never).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'vendor.call-invalid' });
      expect(error.message).not.toContain('NL91');
    }
  });

  it('says on AWS that nothing is wired to it yet', async () => {
    await expect(vendorFunction(bank).handler({ operation: 'call', key: 'k', request })).rejects.toMatchObject({
      code: 'wiring.unavailable',
    });
  });
});
