import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { PolicyEngine } from '#shared/access/index.ts';
import type { WorkspaceKeys } from '#shared/crypto/index.ts';
import type { AuthContext, TokenVerifier } from '#shared/identity/index.ts';
import type { Clock, Log, Metrics, Random } from '#shared/kernel/index.ts';
import type { Ledger } from '#shared/ledger/index.ts';

/** What every function of the HTTP API works with. */
export interface HttpPorts {
  readonly ledger: Ledger;
  readonly keys: WorkspaceKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tokens: TokenVerifier;
  readonly policies: PolicyEngine;
  /**
   * Where requests of people have to come through something in front of the API, which proves
   * itself by a header.
   */
  readonly origin?: OriginCheck;
  /**
   * Who gives the tokens: an issuer of people, or this machine, for its sample people.
   *
   * @default 'oidc'
   */
  readonly auth?: AuthContext['auth'];
}

/**
 * What a function works with that answers anybody: it reads and writes nothing, and takes requests
 * whichever way they come.
 */
export type OpenPorts = Pick<HttpPorts, 'log' | 'metrics'>;

/** Tells whether a request came through what stands in front of the API. */
export interface OriginCheck {
  /** Name of the header, in lower case. */
  readonly header: string;
  /**
   * Whether this is the value that the front adds. Compared in constant time.
   *
   * @throws what the vault throws: `secret.missing` (refuse), `secret.unavailable` (retry).
   */
  isOurs(value: string | undefined): Promise<boolean>;
}

/**
 * A function of the API, connected: takes an event of API Gateway (HTTP API, payload 2.0), gives
 * its answer.
 *
 * @throws only what ends the process (`stop`): there is no answer then.
 */
export type HttpHandler = (
  event: APIGatewayProxyEventV2,
) => Promise<APIGatewayProxyStructuredResultV2>;
