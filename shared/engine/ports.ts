import { sha256, type VendorUse } from '#shared/audit/index.ts';
import type { SecretVault, WorkspaceKeys } from '#shared/crypto/index.ts';
import {
  type Clock,
  canonicalJson,
  type Log,
  type Metrics,
  type Random,
  type Timers,
} from '#shared/kernel/index.ts';
import type { Ledger } from '#shared/ledger/index.ts';

/**
 * Guarantee of a vendor for repeated calls. It determines how the engine resolves a call of unknown
 * outcome.
 * - `idempotent`: calls with the same key within `windowMs` have one effect. The call is
 *   repeated.
 * - `lookup`: the vendor can report the outcome of a key. The report is final only `settlesMs`
 *   after the call ended, because until then the request may be in transit. A request that did not
 *   arrive is sent again.
 * - `none`: no guarantee. The run is parked as `effect.unknown`, and a person decides.
 */
export type VendorKind =
  | { readonly kind: 'idempotent'; readonly windowMs: number }
  | { readonly kind: 'lookup'; readonly settlesMs: number }
  | { readonly kind: 'none' };

/** Request of a step. The vendor function adds the host, the secret and the idempotency key. */
export type VendorRequest = {
  readonly method: 'POST';
  readonly path: string;
  /** Canonical JSON. */
  readonly body: string;
  /**
   * 128 random bits that blind the hashes of the request. They are stored only with the sealed
   * request. Therefore, guessed contents cannot be tested against a hash in an audit entry, and
   * after erasure the hash reveals nothing.
   */
  readonly blind: string;
};

/** Returns the blinded hash of a request: SHA-256 of its canonical JSON, including `blind`. */
export function requestHash(request: VendorRequest): string {
  return sha256(canonicalJson(request));
}

/** Returns the blinded hash of a response body. */
export function responseHash(request: Pick<VendorRequest, 'blind'>, body: string): string {
  return sha256(`${request.blind}\0${body}`);
}

/**
 * Outcome of a call.
 * - `answered`: the vendor performed the call. `body` is the response, which is not validated.
 * - `refused`: the vendor rejected the call permanently. The call had no effect.
 * - `unsent`: the request was not sent, or did not arrive. The call had no effect.
 * - `unknown`: the call may have had an effect, for example after a missing response, a dropped
 *   connection or a server error.
 */
export interface VendorOutcome {
  readonly outcome: 'answered' | 'refused' | 'unsent' | 'unknown';
  readonly use: VendorUse;
  readonly body?: string;
  /** Stable code of the failure, without content: `http-503`, `timeout`, `econnrefused`. */
  readonly code?: string;
}

/** Idempotency key and limits of a call to a vendor. */
export interface VendorCallOptions {
  /** Idempotency key: the same for every attempt at one intended call. */
  readonly key: string;
  readonly signal: AbortSignal;
  /**
   * Deadline of the caller, in milliseconds since the epoch. No request is sent to the vendor after
   * the deadline, even if `signal` does not reach the sender. The process that later settles the
   * claim relies on this.
   */
  readonly notAfter: number;
}

/**
 * Connection to vendors, only through the function of each vendor. The methods never throw: they
 * return every failure as an outcome.
 */
export interface VendorGateway {
  kindOf(vendor: string): VendorKind;
  /** Sends a request once. */
  call(vendor: string, request: VendorRequest, options: VendorCallOptions): Promise<VendorOutcome>;
  /**
   * Asks a `lookup` vendor for the outcome of an idempotency key. Returns `answered` with the
   * response to `request`, and `refused` when the vendor does not know the key.
   */
  lookup(
    vendor: string,
    request: VendorRequest,
    options: VendorCallOptions,
  ): Promise<VendorOutcome>;
}

/** External services of the engine. Each function opens its own instances, under its own name. */
export interface EnginePorts {
  readonly ledger: Ledger;
  readonly keys: WorkspaceKeys;
  readonly vault: SecretVault;
  readonly vendors: VendorGateway;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /**
   * Returns the location in the author's sources where an error was thrown, such as
   * `functions/automations/refund/automation.ts:24`; undefined for an error from other code. Used
   * only in log lines, because audit entries contain the location in the bundle, and the hash of
   * the bundle. Absent on AWS, which has no source maps.
   */
  readonly sourceOf?: (error: unknown) => string | undefined;
}
