import { openPolicies } from '#shared/access/adapters/cedar.ts';
import { cachedPolicies } from '#shared/access/index.ts';
import type { KeyService } from '#shared/crypto/index.ts';
import type { EnginePorts } from '#shared/engine/index.ts';
import type { TokenVerifier } from '#shared/identity/index.ts';
import { DefectError } from '#shared/kernel/index.ts';
import type { TrailReader } from '#shared/ledger/index.ts';
import type { HttpHandler, HttpPorts } from '../framework/http/ports.ts';
import type { Route } from '../framework/http/route.ts';
import type { IntakeHandler } from '../framework/lambda/intake-handler.ts';
import type { PeoplePorts } from '../http/people/ports.ts';
import type { RunStarter, RunsPorts } from '../http/runs/ports.ts';
import type { TrailPorts } from '../http/trail/ports.ts';
import type { LoadedFunction } from './load-bundles.ts';

/** Connected function of the API. */
export interface EmbeddedHttpFunction {
  /** Name of the group: `runs`, `gates`, … */
  readonly name: string;
  readonly routes: readonly Route[];
  readonly handle: HttpHandler;
}

/** Authentication of the API on one machine. */
export interface EmbeddedIdentity {
  readonly tokens: TokenVerifier;
  /**
   * Issuer of the tokens: an OpenID Connect provider (`oidc`) or, for its sample people, this
   * machine (`embedded`).
   */
  readonly auth: NonNullable<HttpPorts['auth']>;
  /** Claim `sub` of the person who may become the first admin. */
  readonly firstAdmin?: string;
}

/** Parts shared by the functions of the API. */
export interface EmbeddedHttpParts {
  readonly ports: (fn: LoadedFunction) => EnginePorts;
  readonly keyService: KeyService;
  readonly trail: Pick<TrailReader, 'ofRun'>;
  /** Intakes, by automation. */
  readonly intakes: ReadonlyMap<string, IntakeHandler>;
}

/** Ports of all groups. Each group uses only the ports that it needs. */
type AnyPorts = RunsPorts & TrailPorts & PeoplePorts;

/** Exports of a group's `index.mjs` for its routes. */
interface HttpModule {
  readonly http?: { readonly routes: readonly Route[]; connect(ports: AnyPorts): HttpHandler };
}

/**
 * Connects the groups of the API. The groups share one policy engine, with the policies of their
 * bundles.
 *
 * @throws `access.policies` (stop).
 */
export function connectHttp(
  loaded: readonly LoadedFunction[],
  { tokens, auth, firstAdmin }: EmbeddedIdentity,
  { ports, keyService, trail, intakes }: EmbeddedHttpParts,
): EmbeddedHttpFunction[] {
  const groups = loaded.flatMap((fn) => {
    const { http } = fn.module as HttpModule;
    return http === undefined ? [] : [{ fn, http, enginePorts: ports(fn) }];
  });

  const [first] = groups;
  if (first === undefined) return [];

  const { folder } = loaded.find(({ name }) => name === 'gates') ?? first.fn;
  const policies = cachedPolicies(openPolicies({ folder, metrics: first.enginePorts.metrics }));
  const starts = runStarter(intakes);

  return groups.map(({ fn, http, enginePorts }) => {
    const { ledger, keys, clock, random, log, metrics } = enginePorts;
    const base = { ledger, keys, clock, random, log, metrics, tokens, policies, auth };

    const handle = http.connect({
      ...base,
      starts,
      trail,
      keyService,
      firstAdmin,
    });

    return { name: fn.name, routes: http.routes, handle };
  });
}

/** Calls intakes in this process, with the same payload as a Lambda call. */
function runStarter(intakes: ReadonlyMap<string, IntakeHandler>): RunStarter {
  return {
    async start(automation, { bytes, ...upload }) {
      const answer = await intakes.get(automation)?.({
        start: { ...upload, bytes: Buffer.from(bytes).toString('base64') },
      });
      if (answer === undefined || 'batchItemFailures' in answer)
        throw new DefectError(`no intake of ${automation} accepted the start`);
      return answer;
    },
  };
}
