import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { PolicyEngine } from '#shared/access/index.ts';
import type { WorkspaceKeys } from '#shared/crypto/index.ts';
import type { AuthContext, TokenVerifier } from '#shared/identity/index.ts';
import type { Clock, Log, Metrics, Random } from '#shared/kernel/index.ts';
import type { Ledger } from '#shared/ledger/index.ts';

/** Ports of every function of the HTTP API. */
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
   * Checks that requests of people came through the CDN in front of the API, which adds a secret
   * header. Absent if the API has no CDN.
   */
  readonly origin?: OriginCheck;
  /**
   * Issuer of the tokens: an OpenID Connect provider or, for its sample people, this machine.
   *
   * @default 'oidc'
   */
  readonly auth?: AuthContext['auth'];
}

/**
 * Ports of a function that answers without authentication. It does not read or write stored data.
 */
export type OpenPorts = Pick<HttpPorts, 'log' | 'metrics'>;

/** Checks whether a request came through the CDN in front of the API. */
export interface OriginCheck {
  /** Name of the header, in lower case. */
  readonly header: string;
  /**
   * Compares a header value with the secret of the CDN, in constant time.
   *
   * @throws errors of the vault: `secret.missing` (refuse), `secret.unavailable` (retry).
   */
  isOurs(value: string | undefined): Promise<boolean>;
}

/**
 * Handler of an API Gateway event (HTTP API, payload 2.0).
 *
 * @throws only errors that end the process (`stop`), in which case no response is sent.
 */
export type HttpHandler = (
  event: APIGatewayProxyEventV2,
) => Promise<APIGatewayProxyStructuredResultV2>;
