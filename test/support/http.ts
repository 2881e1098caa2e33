import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { Bank } from '#cli/demo/bank.ts';
import invoiceApproval from '#functions/automations/invoice-approval/automation.ts';
import readInvoice from '#functions/automations/invoice-approval/intake.ts';
import { generateSamples } from '#functions/automations/invoice-approval/samples/generator.ts';
import { gatewayEvent } from '#functions/embedded/gateway-event.ts';
import { type HttpServer, openHttpServer } from '#functions/embedded/http-server.ts';
import { QueueDriver } from '#functions/embedded/queue-driver.ts';
import { routeTable } from '#functions/embedded/route-table.ts';
import type { EmbeddedOptions } from '#functions/wiring/embedded.ts';
import { type Embedded, openEmbeddedOn } from '#functions/wiring/embedded.ts';
import type { RoleBody } from '#shared/access/index.ts';
import { type Actor, checkTrail, type Entry } from '#shared/audit/index.ts';
import type { Rollout } from '#shared/engine/index.ts';
import { type NewPerson, tokenVerifier } from '#shared/identity/index.ts';
import {
  type Clock,
  newId,
  parseJson,
  silentLog,
  systemClock,
  systemRandom,
} from '#shared/kernel/index.ts';
import { afterTest } from './after-test.ts';
import { temporaryFolder } from './bench.ts';
import { asDocumented } from './http-document.ts';
import { type Answered, type Asked, ask } from './http-request.ts';
import { type Source, sources } from './http-sources.ts';

export const ISSUER = 'https://issuer.test';
const AUDIENCE = 'writ';
const BANK_TOKEN = 'token-of-the-bank';
const OPERATOR: Actor = { kind: 'user', id: 'operator', auth: 'embedded', origin: 'local' };

/**
 * Somebody of a test: what they are by, and where they are let in. The subject at the issuer is
 * `sub-<id>`.
 */
export type Somebody = Pick<NewPerson, 'roles' | 'workspaces' | 'name' | 'email' | 'attributes'> & {
  readonly id: string;
};

/** One of each built-in role, and a stranger to the workspace `acme`. */
export const SAMPLE_PEOPLE = [
  { id: 'clerk', roles: ['Team Member'], workspaces: ['acme'] },
  { id: 'approver', roles: ['Compliance Officer'], workspaces: ['acme'] },
  { id: 'admin', roles: ['Admin'], workspaces: '*' },
  { id: 'auditor', roles: ['Auditor'], workspaces: '*' },
  { id: 'client', roles: ['Client'], workspaces: ['acme'] },
  { id: 'vendor', roles: ['Vendor'], workspaces: ['acme'] },
  { id: 'operator', roles: ['Operator'], workspaces: '*' },
  { id: 'stranger', roles: ['Team Member'], workspaces: ['globex'] },
] as const satisfies readonly Somebody[];

export interface HttpBenchOptions {
  /** @default the invoice approval */
  readonly automations?: readonly Source[];
  /** @default `acme` and `globex` */
  readonly workspaces?: readonly string[];
  /** @default 'exceptions' */
  readonly rollout?: Rollout;
  /** @default {@link SAMPLE_PEOPLE} */
  readonly people?: readonly Somebody[];
  readonly roles?: readonly RoleBody[];
  /** The `sub` of the one who may become the first admin. */
  readonly firstAdmin?: string;
  readonly folder?: string;
  readonly clock?: Clock;
  readonly log?: EmbeddedOptions['log'];
  readonly limits?: Parameters<typeof openHttpServer>[0]['limits'];
}

/** The platform of one machine, wired from its sources, behind a real server on loopback. */
export interface HttpBench {
  readonly platform: Embedded;
  readonly server: HttpServer;
  readonly url: string;
  /** A good token of somebody, by id. */
  token(person: string, claims?: Readonly<Record<string, unknown>>): Promise<string>;
  /**
   * Sends a request; as somebody, by id, when one is named. Fails for an answer that is not as
   * `docs/openapi.json` says.
   */
  ask(path: string, asked?: Asked & { readonly as?: string }): Promise<Answered>;
  /**
   * The same without a connection: from the event that the server would make to the answer that it
   * would give. GET only.
   */
  call(path: string, asked: Pick<Asked, 'headers'> & { readonly as: string }): Promise<Answered>;
  /**
   * Uploads an invoice that waits at its gate, because nothing was ordered. @returns what the API
   * calls the run.
   */
  start(
    as: string,
    options?: { readonly workspace?: string; readonly key?: string; readonly nth?: number },
  ): Promise<string>;
  /** Drives every queue until no message is left. */
  settle(): Promise<void>;
  /** Every entry, or those of which `of` holds, oldest first. */
  entries(of?: (entry: Entry) => boolean): Promise<Entry[]>;
  trailProblems(): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const JWK = { ...publicKey.export({ format: 'jwk' }), kid: 'test', alg: 'EdDSA', use: 'sig' };

/** The nth of the sample invoices, as bytes. */
export const sampleInvoice = (() => {
  let samples: ReturnType<typeof generateSamples> | undefined;
  return (nth = 0): Buffer => {
    samples ??= generateSamples('http tests');
    return Buffer.from(samples.invoices[nth]?.xml ?? '', 'utf8');
  };
})();

/** Closed after the test. Use {@link openHttpBench} for one that many tests share. */
export async function httpBench(options: HttpBenchOptions = {}): Promise<HttpBench> {
  const bench = await openHttpBench({ folder: temporaryFolder(), ...options });
  afterTest(() => bench.close());
  return bench;
}

/** To be closed by the caller, whose folder it works in. */
export async function openHttpBench(
  options: HttpBenchOptions & { readonly folder: string },
): Promise<HttpBench> {
  const { folder, clock = systemClock, log = silentLog, firstAdmin } = options;
  const {
    automations = [{ flow: invoiceApproval, read: readInvoice }],
    workspaces = ['acme', 'globex'],
    rollout = 'exceptions',
  } = options;

  const keys = { read: async () => ({ keys: [JWK] }) };
  const tokens = tokenVerifier({ issuer: ISSUER, audience: [AUDIENCE], keys, clock });
  const identity = {
    tokens,
    auth: 'oidc' as const,
    ...(firstAdmin === undefined ? {} : { firstAdmin }),
  };

  const bank = new Bank(BANK_TOKEN);
  const vendors = { bank: await bank.open() };
  const platform = openEmbeddedOn(
    { folder, vendors, log, clock, walPages: 0, identity },
    sources(automations),
  );

  await platform.vault.put('bank-api-token', BANK_TOKEN);

  for (const workspace of workspaces) {
    await platform.workspaces.create(workspace, OPERATOR);

    for (const { flow } of automations)
      await platform.automations.seedRollout(
        { automation: flow.name, workspace },
        rollout,
        OPERATOR,
      );
  }

  await platform.people.seedRoles(options.roles ?? [], OPERATOR);

  const people: readonly Somebody[] = options.people ?? SAMPLE_PEOPLE;
  const seeded = people.map((person) => ({
    ...person,
    login: { issuer: ISSUER, subject: `sub-${person.id}` },
  }));

  await platform.people.seed(seeded, OPERATOR);

  const { limits } = options;
  const random = systemRandom();

  const server = await openHttpServer({
    functions: platform.http,
    port: 0,
    log,
    clock,
    random,
    ...(limits && { limits }),
  });

  const find = routeTable(platform.http);
  const kept = new Map<string, Promise<string>>();
  /** As clients do, which keep a token while it is good. */
  const keptToken = (person: string): Promise<string> => {
    const known = kept.get(person) ?? token(person);
    kept.set(person, known);
    return known;
  };

  const token: HttpBench['token'] = (person, claims = {}) => {
    const now = Math.floor(clock.now() / 1_000);
    return new SignJWT({
      sub: `sub-${person}`,
      iss: ISSUER,
      aud: AUDIENCE,
      iat: now,
      exp: now + 600,
      ...claims,
    })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'test' })
      .sign(privateKey);
  };

  const bench: HttpBench = {
    platform,
    server,
    url: server.url,
    token,
    async ask(path, { as, headers, ...asked } = {}) {
      const authorization: Record<string, string> =
        as === undefined ? {} : { authorization: `Bearer ${await keptToken(as)}` };
      const answered = await ask(server.url, path, {
        ...asked,
        headers: { ...authorization, ...headers },
      });
      return asDocumented(asked.method ?? 'GET', path, answered);
    },
    async call(path, { as, headers = {} }) {
      const [own = '', query = ''] = path.split('?');
      const matched = find('GET', own);
      if (matched === undefined) throw new Error(`no route leads to ${path}`);

      const rawHeaders = [
        'host',
        new URL(server.url).host,
        'authorization',
        `Bearer ${await keptToken(as)}`,
        ...Object.entries(headers).flat(2),
      ];

      const { fn, routeKey, parameters } = matched;

      const sent = {
        method: 'GET',
        httpVersion: '1.1',
        rawHeaders,
        from: '127.0.0.1',
        path: own,
        query,
        body: Buffer.alloc(0),
      };

      const answer = await fn.handle(
        gatewayEvent({ ...sent, routeKey, parameters, requestId: newId(random), at: clock.now() }),
      );

      const got = Object.fromEntries(
        Object.entries(answer.headers ?? {}).map(([name, value]) => [
          name.toLowerCase(),
          String(value),
        ]),
      );

      const text = answer.body ?? '';

      return asDocumented('GET', path, {
        status: answer.statusCode ?? 200,
        headers: got,
        text,
        json: () => JSON.parse(text),
      });
    },
    async start(as, { workspace = 'acme', nth = 0, key = `invoice-${nth}` } = {}) {
      const answer = await bench.ask(`/runs?workspace=${workspace}&automation=invoice-approval`, {
        as,
        method: 'POST',
        headers: { 'idempotency-key': key, 'content-type': 'application/xml' },
        body: sampleInvoice(nth),
      });
      if (answer.status >= 300)
        throw new Error(`the run was not started: ${answer.status} ${answer.text}`);

      return answer.json<{ id: string }>().id;
    },
    settle: () => settle(platform),
    async entries(of = () => true) {
      const entries: Entry[] = [];
      for await (const { bytes } of platform.store.all())
        entries.push(parseJson(bytes) as unknown as Entry);
      return entries.filter(of).sort((a, b) => a.time - b.time);
    },
    trailProblems: async () =>
      (await checkTrail(platform.store.all(), platform.store.standing())).problems,
    async close() {
      await server.close();
      platform.close();
      await bank.close();
    },
  };

  return bench;
}

async function settle(platform: Embedded): Promise<void> {
  const failures: unknown[] = [];
  const drivers = platform.queues.map(
    (fn) => new QueueDriver(platform.store.queues, fn, (error) => failures.push(error), 1),
  );

  for (const driver of drivers) driver.start();

  await platform.store.queues.drained();
  for (const driver of drivers) driver.stop();

  if (failures.length > 0) throw failures[0];
}
