import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { SignJWT } from 'jose';
import type { HttpFunction } from '#functions/framework/http/function.ts';
import { intakeFunction } from '#functions/framework/lambda/automation-functions.ts';
import { intakeHandler } from '#functions/framework/lambda/intake-handler.ts';
import { makeAutomations } from '#functions/http/automations/index.ts';
import { makeGates } from '#functions/http/gates/index.ts';
import { makeHealth } from '#functions/http/health/index.ts';
import { http as people } from '#functions/http/people/index.ts';
import type { PeoplePorts } from '#functions/http/people/ports.ts';
import { makeRuns } from '#functions/http/runs/index.ts';
import type { RunsPorts } from '#functions/http/runs/ports.ts';
import { http as trail } from '#functions/http/trail/index.ts';
import type { TrailPorts } from '#functions/http/trail/ports.ts';
import { http as workspaces } from '#functions/http/workspaces/index.ts';
import { lambdaStarts, startsClient } from '#functions/wiring/lambda-starts.ts';
import { resourceNames } from '#functions/wiring/names.ts';
import { originCheck } from '#functions/wiring/origin-check.ts';
import type { Settings } from '#functions/wiring/settings.ts';
import { openPolicies } from '#shared/access/adapters/cedar.ts';
import { cachedPolicies } from '#shared/access/index.ts';
import { describeFlow, type Flow } from '#shared/automation/index.ts';
import { issuerClient, lambdaKeys } from '#shared/identity/adapters/lambda-keys.ts';
import { tokenVerifier } from '#shared/identity/index.ts';
import { type Json, parseJson } from '#shared/kernel/index.ts';
import type { Recorder } from './recorder.ts';
import type { RecordedBench } from './recorder-bench.ts';

/** A request of somebody. */
export interface Asked {
  /** Method and path with its query, such as `GET /runs?workspace=acme`. */
  readonly what: string;
  /** Subject at the issuer; nobody: without a token. */
  readonly by?: string;
  readonly json?: Json;
  readonly upload?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Who may become the first admin. */
export const FIRST = 'first';
/** What CloudFront adds to each request. */
const FRONT = 'the-secret-of-the-front';

type AnyPorts = RunsPorts & TrailPorts & PeoplePorts;

/**
 * The functions of the API in the environment of a bench, each with clients of its own, whose
 * requests are recorded. Ports are made as `functions/wiring/aws-http.ts` makes them. Requests come
 * as API Gateway hands them over.
 */
export class RecordedApi {
  readonly #bench: RecordedBench;
  readonly #recorder: Recorder;
  readonly #settings: Settings;
  readonly #key: KeyObject;
  readonly #groups: readonly (readonly [name: string, made: HttpFunction<AnyPorts>])[];
  #requests = 0;

  constructor(bench: RecordedBench, flow: Flow, settings: Settings, recorder: Recorder) {
    this.#bench = bench;
    this.#recorder = recorder;
    this.#settings = settings;

    const { privateKey, publicKey } = generateKeyPairSync('ed25519');

    this.#key = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }));

    bench.aws.has('issuer', async () => {
      recorder.invoked('issuer');
      return {
        keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'EdDSA', use: 'sig' }],
      };
    });

    const intake = intakeFunction(flow, (bytes) => parseJson(bytes) as Record<string, Json>);

    bench.aws.has(
      `${flow.name}.intake`,
      intakeHandler(intake).connect(bench.unrecorded(`${flow.name}.intake`)) as never,
    );

    bench.aws.secrets.put(resourceNames(settings.prefix).secret('api', 'origin-header'), FRONT);

    const described = [describeFlow(flow)];

    this.#groups = Object.entries({
      health: makeHealth({}),
      runs: makeRuns(described),
      gates: makeGates(described),
      automations: makeAutomations(described),
      trail,
      people,
      workspaces,
    }) as unknown as [string, HttpFunction<AnyPorts>][];
  }

  /** Asks, in a function that has just started: it knows no key and no policy yet. */
  async ask({
    what,
    by,
    json,
    upload,
    headers = {},
  }: Asked): Promise<{ readonly status: number; readonly body: unknown }> {
    const [method = '', target = ''] = what.split(' ');
    const [path = '', rawQueryString = ''] = target.split('?');

    for (const [name, made] of this.#groups)
      for (const route of made.routes) {
        const parameters = route.method === method ? parametersOf(route.path, path) : undefined;
        if (parameters === undefined) continue;

        const body = upload ?? (json === undefined ? undefined : JSON.stringify(json));

        this.#recorder.invoked(name);

        const answer = await made.connect(this.#ports(name))({
          version: '2.0',
          routeKey: `${method} ${route.path}`,
          rawPath: path,
          rawQueryString,
          pathParameters: parameters,
          headers: {
            'x-writ-origin': FRONT,
            ...(by === undefined ? {} : { authorization: `Bearer ${await this.#token(by)}` }),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
          requestContext: { requestId: `request-${++this.#requests}`, http: { method, path } },
          body,
          isBase64Encoded: false,
        } as unknown as APIGatewayProxyEventV2);

        return { status: answer.statusCode ?? 0, body: JSON.parse(answer.body ?? '{}') };
      }

    throw new Error(`no route for ${what}`);
  }

  #token(subject: string): Promise<string> {
    const now = Math.floor(this.#bench.timers.now() / 1_000);
    return new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid: 'one' })
      .setIssuer(this.#settings.issuer)
      .setAudience(this.#settings.audience)
      .setSubject(subject)
      .setIssuedAt(now)
      .setExpirationTime(now + 600)
      .sign(this.#key);
  }

  #ports(name: string): AnyPorts {
    const { aws } = this.#bench;
    const watch = <C extends Parameters<Recorder['watch']>[1]>(client: C) =>
      this.#recorder.watch(name, client);
    const { ledger, keys, clock, random, log, metrics } = aws.ports(name, watch);
    const { issuer, audience } = this.#settings;
    const named = resourceNames(this.#settings.prefix).function;
    const issuerKeys = lambdaKeys({
      client: aws.caller(issuerClient, watch),
      function: named('issuer'),
    });

    const intakes = new Map([[this.#bench.flow, named(`${this.#bench.flow}.intake`)]]);

    return {
      ...{ ledger, keys, clock, random, log, metrics },
      tokens: tokenVerifier({ issuer, audience: [audience], keys: issuerKeys, clock }),
      policies: cachedPolicies(openPolicies({ metrics })),
      origin: name === 'health' ? undefined : originCheck(aws.vault('api', watch)),
      starts: lambdaStarts({ client: aws.caller(startsClient, watch), intakes }),
      trail: aws.trailOf(watch),
      keyService: aws.keys(watch),
      firstAdmin: FIRST,
    };
  }
}

/** Parameters of a path by those of a route; undefined when it is another one. */
function parametersOf(route: string, path: string): Record<string, string> | undefined {
  const names = [...route.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const found = new RegExp(
    `^${route.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '([^/]+)')}$`,
  ).exec(path);
  return found === null
    ? undefined
    : Object.fromEntries(names.map((name, i) => [name, found[i + 1] ?? '']));
}
