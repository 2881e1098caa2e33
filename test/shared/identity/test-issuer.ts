import { KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { KeySet } from '#shared/identity/index.ts';

/** 2026-01-02T00:00:00Z. */
export const NOW = Date.UTC(2026, 0, 2);
const SECONDS = NOW / 1_000;

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>> & {
  readonly kid: string;
  readonly alg: string;
};

/** An issuer with keys of its own, which signs whatever it is asked to. */
export interface TestIssuer {
  readonly issuer: string;
  /** What it publishes now: with {@link rotate} its newest key alone, or the older ones too. */
  published(): Promise<KeySet>;
  /** A token that is good at {@link NOW}; with `undefined` a claim is left out. */
  sign(
    claims?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
  ): Promise<string>;
  /** A token over exactly these texts, signed as ES256 has it. */
  signText(header: string, payload: string): string;
  rotate(keepOld?: boolean): Promise<void>;
}

const pairs = new Map<string, Promise<Awaited<ReturnType<typeof generateKeyPair>>>>();

/** Making RSA keys takes long: one pair for each algorithm and number. */
function pairOf(alg: string, n: number, owner: string) {
  const name = `${alg} ${n} ${owner}`;
  const pair = pairs.get(name) ?? generateKeyPair(alg, { extractable: true });
  pairs.set(name, pair);
  return pair;
}

export async function testIssuer(
  alg = 'ES256',
  issuer = 'https://login.example.com',
): Promise<TestIssuer> {
  let made = 0;
  const make = async (): Promise<KeyPair> => ({
    ...(await pairOf(alg, ++made, issuer)),
    kid: `key-${made}`,
    alg,
  });

  let keys = [await make()];

  return {
    issuer,
    published: async () => ({
      keys: await Promise.all(
        keys.map(async ({ publicKey, kid }) => ({
          ...(await exportJWK(publicKey)),
          kid,
          alg,
          use: 'sig',
        })),
      ),
    }),
    sign(claims = {}, header = {}) {
      const [key] = keys as [KeyPair];

      const all = {
        iss: issuer,
        aud: 'api',
        sub: 'alice',
        iat: SECONDS - 10,
        exp: SECONDS + 600,
        sid: 'session-1',
        ...claims,
      };

      return new SignJWT(all)
        .setProtectedHeader({ alg, kid: key.kid, typ: 'at+jwt', ...header })
        .sign(key.privateKey);
    },
    signText(header, payload) {
      const [{ privateKey }] = keys as [KeyPair];
      const text = [header, payload]
        .map((part) => Buffer.from(part).toString('base64url'))
        .join('.');
      const signature = sign('sha256', Buffer.from(text), {
        key: KeyObject.from(privateKey),
        dsaEncoding: 'ieee-p1363',
      });

      return `${text}.${signature.toString('base64url')}`;
    },
    async rotate(keepOld = false) {
      keys = [await make(), ...(keepOld ? keys : [])];
    },
  };
}

/** A server on this machine that answers as `answer` says; undefined: never. */
export async function serve(
  answer: (
    path: string,
    base: string,
  ) => Promise<{ status?: number; headers?: Record<string, string>; body: string } | undefined>,
) {
  const paths: string[] = [];

  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    void answer(request.url ?? '', base).then((given) => {
      if (given === undefined) return;
      response.writeHead(given.status ?? 200, {
        'content-type': 'application/json',
        ...given.headers,
      });
      response.end(given.body);
    });
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    base,
    paths,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Publishes an issuer's keys as OpenID Connect Discovery 1.0 has it. */
export function publishing(issuer: () => Promise<TestIssuer>) {
  return serve(async (path, base) => {
    if (path === '/.well-known/openid-configuration')
      return { body: JSON.stringify({ issuer: base, jwks_uri: `${base}/keys` }) };
    return path === '/keys'
      ? { body: JSON.stringify(await (await issuer()).published()) }
      : { status: 404, body: '{}' };
  });
}
