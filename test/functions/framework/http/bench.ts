import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { exportJWK, SignJWT } from 'jose';
import type { Endpoint } from '#functions/framework/http/endpoint.ts';
import { httpFunction } from '#functions/framework/http/function.ts';
import type { HttpPorts } from '#functions/framework/http/ports.ts';
import { openPolicies } from '#shared/access/adapters/cedar.ts';
import type { Entry } from '#shared/audit/index.ts';
import { createKeyFile, openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import { WorkspaceKeys } from '#shared/crypto/index.ts';
import { createWorkspace } from '#shared/engine/index.ts';
import { enrol, type NewPerson, PEOPLE, tokenVerifier } from '#shared/identity/index.ts';
import {
  type LogFacts,
  ManualClock,
  parseJson,
  systemRandom,
  systemTimers,
} from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import { afterTest } from '../../../support/after-test.ts';
import { temporaryFolder } from '../../../support/bench.ts';

const ISSUER = 'https://issuer.test';

/** An answer, with its body read. */
export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** A request as a test writes it down; `as` is a person of the directory. */
export interface Ask {
  readonly as?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly body?: string | object;
  readonly isBase64Encoded?: boolean;
}

/**
 * One function of the API made of `endpoints`, on a real ledger, directory, policies and tokens.
 */
export async function httpBench(
  endpoints: readonly Endpoint<HttpPorts>[],
  over: (ports: HttpPorts) => Partial<HttpPorts> = () => ({}),
) {
  const folder = temporaryFolder();
  const clock = new ManualClock(Date.parse('2026-01-31T12:00:00Z'));
  const random = systemRandom();

  createKeyFile(join(folder, 'root.key'), random);

  const keyService = openKeyFile(join(folder, 'root.key'), random);
  const store = new SqliteStore({ folder, clock, random, timers: systemTimers });

  afterTest(() => store.close());

  const ledger = store.ledger({ name: 'tried', bundle: '0'.repeat(64) });
  const lines: {
    readonly level: string;
    readonly what: string;
    readonly facts: LogFacts | undefined;
  }[] = [];

  const counted = { flushed: 0 };
  const metrics = { add: () => {}, flush: () => void counted.flushed++ };
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'EdDSA' };

  const own: HttpPorts = {
    ledger,
    keys: new WorkspaceKeys(keyService, clock),
    clock,
    random,
    log: { line: (level, what, facts) => void lines.push({ level, what, facts }) },
    metrics,
    tokens: tokenVerifier({
      issuer: ISSUER,
      audience: ['writ'],
      keys: { read: async () => ({ keys: [jwk] }) },
      clock,
    }),
    policies: openPolicies({ metrics }),
  };

  const ports = { ...own, ...over(own) };
  const actor = { kind: 'service', id: 'test' } as const;

  await createWorkspace(own, { keyService, workspace: PEOPLE, actor, reserved: true });

  const handler = httpFunction(endpoints).connect(ports);

  let asked = 0;

  const token = (subject: string) => {
    const seconds = Math.floor(clock.now() / 1_000);
    return new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid: 'one' })
      .setIssuer(ISSUER)
      .setAudience('writ')
      .setSubject(subject)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + 600)
      .sign(privateKey);
  };

  const ask = async (
    route: string,
    { as, headers = {}, query = '', path, body, isBase64Encoded = false }: Ask = {},
  ): Promise<Got> => {
    const [method = '', rawPath = ''] = route.split(' ');

    asked += 1;

    const isJson = typeof body === 'object';

    const event = {
      version: '2.0',
      routeKey: route,
      rawPath,
      rawQueryString: query,
      headers: {
        ...(as === undefined ? {} : { authorization: `Bearer ${await token(as)}` }),
        ...(isJson ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      requestContext: { requestId: `request-${asked}`, http: { method, path: rawPath } },
      pathParameters: path,
      body: body === undefined ? undefined : isJson ? JSON.stringify(body) : body,
      isBase64Encoded,
    };

    const {
      statusCode,
      headers: got,
      body: text = '',
    } = await handler(event as unknown as APIGatewayProxyEventV2);

    const isData = /json/.test(String(got?.['content-type']));

    return {
      status: statusCode ?? 0,
      headers: got as Got['headers'],
      text,
      body: isData && text !== '' ? (parseJson(text) as Got['body']) : {},
    };
  };

  /** The entries since the last time, oldest first, without those of the bench itself. */
  let told = 0;

  const entries = async (): Promise<Entry[]> => {
    const all: Entry[] = [];
    for await (const { bytes } of store.all()) all.push(parseJson(bytes) as unknown as Entry);
    const fresh = all.sort((a, b) => a.n - b.n).slice(told);
    told = all.length;
    return fresh.filter((entry) => entry.actor.id !== actor.id);
  };

  const person = (
    id: string,
    roles: NewPerson['roles'],
    workspaces: NewPerson['workspaces'] = ['acme'],
  ) =>
    enrol(
      own,
      { id, roles, workspaces, login: { issuer: ISSUER, subject: id } },
      { actor, action: 'person.seed' },
    );

  return { ask, entries, person, clock, store, ports, lines, counted, handler };
}
