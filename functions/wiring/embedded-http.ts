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

/** A function of the API, connected. */
export interface EmbeddedHttpFunction {
  /** The group's: `runs`, `gates`, … */
  readonly name: string;
  readonly routes: readonly Route[];
  readonly handle: HttpHandler;
}

/** Who may call the API of one machine. */
export interface EmbeddedIdentity {
  readonly tokens: TokenVerifier;
  /**
   * Who gives the tokens: an issuer of people (`oidc`), or this machine, for its sample people
   * (`embedded`).
   */
  readonly auth: NonNullable<HttpPorts['auth']>;
  /** What the token of the one who may become the first admin says as `sub`. */
  readonly firstAdmin?: string;
}

/** What the API's functions work with, beside what each has of its own. */
export interface EmbeddedHttpParts {
  readonly ports: (fn: LoadedFunction) => EnginePorts;
  readonly keyService: KeyService;
  readonly trail: Pick<TrailReader, 'ofRun'>;
  /** Intakes, by automation. */
  readonly intakes: ReadonlyMap<string, IntakeHandler>;
}

/** Every port that any group has; each asks for those it needs. */
type AnyPorts = RunsPorts & TrailPorts & PeoplePorts;

/** What a group's `index.mjs` exports for its routes. */
interface HttpModule {
  readonly http?: { readonly routes: readonly Route[]; connect(ports: AnyPorts): HttpHandler };
}

/**
 * Connects the groups of the API. They decide by one engine, with the policies that lie beside
 * their bundles.
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
    return http === undefined ? [] : [{ fn, http, own: ports(fn) }];
  });

  const [first] = groups;
  if (first === undefined) return [];

  const { folder } = loaded.find(({ name }) => name === 'gates') ?? first.fn;
  const policies = cachedPolicies(openPolicies({ folder, metrics: first.own.metrics }));
  const starts = runStarter(intakes);

  return groups.map(({ fn, http, own }) => {
    const { ledger, keys, clock, random, log, metrics } = own;
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

/** Calls intakes in this process, with what a call of Lambda would carry. */
function runStarter(intakes: ReadonlyMap<string, IntakeHandler>): RunStarter {
  return {
    async start(automation, { bytes, ...upload }) {
      const answer = await intakes.get(automation)?.({
        start: { ...upload, bytes: Buffer.from(bytes).toString('base64') },
      });
      if (answer === undefined || 'batchItemFailures' in answer)
        throw new DefectError(`no intake of ${automation} took the start`);
      return answer;
    },
  };
}
