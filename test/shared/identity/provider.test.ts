import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchedKeys } from '#shared/identity/adapters/fetched-keys.ts';
import { authenticatedPerson, enrol, tokenVerifier } from '#shared/identity/index.ts';
import { systemClock } from '#shared/kernel/index.ts';
import { type DirectoryBench, directoryBench, HOW, SETUP } from './directory-bench.ts';

const AUDIENCE = 'https://api.writ.example';

let bench: DirectoryBench;
let server: Server;
beforeEach(async () => {
  bench = await directoryBench();
});
afterEach(() => {
  bench.close();
  server.closeAllConnections();
  server.close();
});

/** A provider of this machine, whose clients ask for tokens in their own name. */
async function provider(alg: string, ttl = 600): Promise<string> {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = await generateKeyPair(alg, { extractable: true });

  const oidc = new Provider(base, {
    clients: [
      {
        client_id: 'console',
        client_secret: 'not-a-secret',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: alg,
      },
    ],
    // tokens that are signed are not kept
    adapter: () => ({ find: async () => undefined, upsert: async () => undefined }),
    ttl: { ClientCredentials: () => ttl },
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `${alg}-1` }] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: () => ({
          scope: 'api',
          audience: AUDIENCE,
          accessTokenTTL: ttl,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg } },
        }),
      },
    },
  });

  server.on('request', oidc.callback());

  return base;
}

async function tokenOf(base: string): Promise<string> {
  const answer = await fetch(`${base}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from('console:not-a-secret').toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE }),
  });

  const body = (await answer.json()) as { readonly access_token?: string };
  if (body.access_token === undefined) throw new Error(JSON.stringify(body));

  return body.access_token;
}

describe('a real OpenID Connect provider', () => {
  const verifierOf = (issuer: string, audience = AUDIENCE) =>
    tokenVerifier({
      issuer,
      audience: [audience],
      keys: fetchedKeys({ issuer, allowLoopback: true }),
      clock: systemClock,
    });

  it.each(['ES256', 'EdDSA', 'RS256'])(
    'gives tokens, signed by %s, of which the directory knows whose they are',
    async (alg) => {
      const issuer = await provider(alg);
      const login = await verifierOf(issuer).verify(await tokenOf(issuer));

      expect(login).toMatchObject({
        issuer,
        subject: 'console',
        session: expect.stringMatching(/^[\w-]{22}$/),
      });

      await expect(authenticatedPerson(bench, login, HOW)).rejects.toMatchObject({
        code: 'identity.unknown',
      });
      await enrol(
        bench,
        { id: 'program-1', login, roles: ['Operator'], workspaces: '*' },
        { actor: SETUP, action: 'person.seed' },
      );

      expect((await authenticatedPerson(bench, login, HOW)).principal).toMatchObject({
        id: 'program-1',
        roles: ['Operator'],
      });
    },
  );

  it('gives tokens that others do not take: for another audience, of another issuer, for too long', async () => {
    const issuer = await provider('ES256');
    const token = await tokenOf(issuer);

    await expect(verifierOf(issuer, 'https://other.example').verify(token)).rejects.toMatchObject({
      facts: { why: 'audience' },
    });
    server.close();

    const another = await provider('ES256', 3_600);

    await expect(verifierOf(another).verify(token)).rejects.toMatchObject({
      code: 'identity.token',
    });
    await expect(verifierOf(another).verify(await tokenOf(another))).rejects.toMatchObject({
      facts: { why: 'life' },
    });
  });
});
