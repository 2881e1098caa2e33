import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrol } from '#shared/identity/index.ts';
import { type Json, parseJson } from '#shared/kernel/index.ts';
import { serviceActor } from '#shared/ledger/index.ts';
import { GOOD } from '../functions/automations/invoice-approval/good-invoice.ts';
import { describeOnMoto } from '../support/aws/moto.ts';
import { copyBuild } from '../support/copy-build.ts';
import { type Cloud, openCloud } from './cloud.ts';
import { FIRST_ADMIN, ISSUER } from './environment.ts';
import { insteadOf } from './outside.ts';

const WORKSPACE = 'acme';
const AUTOMATION = 'invoice-approval';

await describeOnMoto('the API from its bundles, on services like those of AWS', (moto) => {
  const folder = mkdtempSync(join(tmpdir(), 'writ-api-'));
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  let issuerAsked = 0;

  /** An OpenID Connect provider, as far as its keys go. */
  const provider = createServer(({ url }, response) => {
    issuerAsked++;

    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'EdDSA', use: 'sig' };
    const answers: Record<string, object> = {
      '/.well-known/openid-configuration': { issuer: ISSUER, jwks_uri: `${ISSUER}/keys` },
      '/keys': { keys: [jwk] },
    };

    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(answers[url ?? '']));
  });

  let cloud: Cloud;
  let requests = 0;

  const token = (subject: string) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid: 'one' })
      .setIssuer(ISSUER)
      .setAudience('writ')
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(key);

  interface Given {
    readonly query?: string;
    readonly parameters?: Record<string, string>;
    readonly body?: string;
    readonly headers?: Record<string, string>;
  }

  /** A request as API Gateway hands it to the function of a group. */
  async function ask(
    group: string,
    routeKey: string,
    by: string | undefined,
    { query = '', parameters, body, headers = {} }: Given = {},
  ) {
    const [method = '', path = ''] = routeKey.split(' ');

    const event = {
      version: '2.0',
      routeKey,
      rawPath: path,
      rawQueryString: query,
      headers: {
        ...headers,
        ...(by === undefined ? {} : { authorization: `Bearer ${await token(by)}` }),
      },
      ...(parameters === undefined ? {} : { pathParameters: parameters }),
      requestContext: { requestId: `request-${++requests}`, http: { method, path } },
      ...(body === undefined ? {} : { body }),
      isBase64Encoded: false,
    };

    const answer = (await cloud.functions
      .of(group)
      .invoke(event)) as APIGatewayProxyStructuredResultV2;

    return {
      status: answer.statusCode,
      body: parseJson(answer.body ?? 'null') as Record<string, Json>,
    };
  }

  const json = (value: Json): Given => ({
    body: JSON.stringify(value),
    headers: { 'content-type': 'application/json' },
  });

  /** Entries that a function wrote: their actions and how they ended. */
  async function entriesOf(fn: string) {
    const entries: [string, string][] = [];
    for await (const { writer, bytes } of cloud.trail.all()) {
      const { action, outcome } = parseJson(bytes) as {
        readonly action: string;
        readonly outcome: string;
      };
      if (writer.startsWith(`${fn}#`)) entries.push([action, outcome]);
    }

    return entries.sort();
  }

  beforeAll(async () => {
    const built = await copyBuild(folder);

    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');

    const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;

    cloud = await openCloud(moto, {
      bundles: folder,
      built,
      outside: { issuer: insteadOf(ISSUER, url) },
    });
  });

  afterAll(async () => {
    await cloud.functions.stop();
    await cloud.close();
    provider.close();
    rmSync(folder, { recursive: true });
  });

  it('answers anybody that it is there, and nobody else without a token', async () => {
    await expect(ask('health', 'GET /health', undefined)).resolves.toEqual({
      status: 200,
      body: { status: 'ok' },
    });

    expect((await ask('health', 'GET /openapi.json', undefined)).body).toMatchObject({
      openapi: '3.1.1',
    });

    for (const by of [undefined, 'stranger'])
      expect(await ask('workspaces', 'GET /workspaces', by)).toMatchObject({ status: 401 });

    expect(await entriesOf('workspaces')).toEqual([
      ['session.refuse', 'denied'],
      ['session.refuse', 'denied'],
    ]);
  });

  it('begins with the first admin, whom the deployment names, and no other', async () => {
    expect(await ask('people', 'POST /people/first-admin', 'stranger')).toMatchObject({
      status: 403,
      body: { code: 'identity.not-first-admin' },
    });

    expect(await ask('people', 'POST /people/first-admin', FIRST_ADMIN)).toMatchObject({
      status: 201,
      body: { roles: ['Admin'] },
    });

    expect(await ask('people', 'POST /people/first-admin', FIRST_ADMIN)).toMatchObject({
      status: 200,
    });
    expect(await ask('people', 'GET /me', FIRST_ADMIN)).toMatchObject({
      status: 200,
      body: { roles: ['Admin'] },
    });
  });

  it('takes the admin to a workspace, and a clerk to a run that ends', async () => {
    expect(
      await ask('workspaces', 'POST /workspaces', FIRST_ADMIN, json({ name: WORKSPACE })),
    ).toMatchObject({ status: 201 });

    const ports = cloud.portsOf('people');
    // adding people is a matter of later
    const as = { actor: serviceActor(ports.ledger), action: 'person.first-admin' } as const;

    for (const [id, role] of [
      ['clerk', 'Team Member'],
      ['auditor', 'Auditor'],
    ] as const)
      await enrol(
        ports,
        { id, login: { issuer: ISSUER, subject: id }, roles: [role], workspaces: [WORKSPACE] },
        as,
      );

    const upload: Given = {
      query: `workspace=${WORKSPACE}&automation=${AUTOMATION}`,
      body: GOOD.toString(),
      headers: { 'content-type': 'application/xml', 'idempotency-key': 'one' },
    };

    const started = await ask('runs', 'POST /runs', 'clerk', upload);

    expect(started).toMatchObject({ status: 201, body: { created: true } });
    expect(await ask('runs', 'POST /runs', 'clerk', upload)).toEqual({
      status: 200,
      body: { id: started.body.id, created: false },
    });

    expect(await ask('runs', 'POST /runs', FIRST_ADMIN, upload)).toMatchObject({ status: 404 });
    await cloud.queues.settle();

    const parameters = { run: String(started.body.id) };

    expect(await ask('runs', 'GET /runs/{run}', 'clerk', { parameters })).toMatchObject({
      status: 200,
      body: { status: 'done' },
    });

    const trail = await ask('trail', 'GET /runs/{run}/trail', 'auditor', { parameters });

    expect(trail).toMatchObject({ status: 200 });
    expect((trail.body.entries as readonly Json[]).length).toBeGreaterThan(5);
    expect(await ask('trail', 'GET /runs/{run}/trail', 'clerk', { parameters })).toMatchObject({
      status: 403,
    });
    expect(
      await ask('gates', 'GET /gates', 'clerk', { query: `workspace=${WORKSPACE}` }),
    ).toMatchObject({ status: 200 });
    expect(await entriesOf('trail')).toEqual([
      ['trail.read', 'denied'],
      ['trail.read', 'ok'],
    ]);
  });

  it('asks the issuer for its keys once in each instance, and not for each request', () => {
    expect(requests).toBeGreaterThan(15);
    // two requests; workspaces, people, runs, trail, gates
    expect(issuerAsked).toBeLessThanOrEqual(2 * 5);
  });

  describe('what its functions write down', () => {
    it('is one object a line, and nothing of a person', () => {
      const lines = cloud.functions.instances.flatMap((instance) => [
        ...instance.lines,
        ...instance.errors,
      ]);

      expect(lines.length).toBeGreaterThan(5);

      for (const line of lines) {
        expect(() => parseJson(line), line).not.toThrow();
        expect(line).not.toMatch(/eyJ|stranger|Bearer/);
      }
    });
  });
});
