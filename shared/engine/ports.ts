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
 * What a vendor promises about repetition, and so what is done with a call whose outcome is
 * unknown.
 * - `idempotent`: the same key within the window is one effect; the call is repeated.
 * - `lookup`: it can be asked what became of a key. What it says counts only `settlesMs` after
 *   the call ended, when a request that was still on its way has arrived or never will; what never
 *   arrived is sent again.
 * - `none`: neither; the run is parked as `effect.unknown` for a person.
 */
export type VendorKind =
  | { readonly kind: 'idempotent'; readonly windowMs: number }
  | { readonly kind: 'lookup'; readonly settlesMs: number }
  | { readonly kind: 'none' };

/** The exact request of a step. The vendor function adds host, secret and key. */
export type VendorRequest = {
  readonly method: 'POST';
  readonly path: string;
  /** Canonical JSON. */
  readonly body: string;
  /**
   * 128 random bits that are kept only with the sealed request and go into its hashes, so that a
   * hash in an entry cannot be tried against likely contents, and says nothing any more once the
   * request is erased.
   */
  readonly blind: string;
};

/** Blinded hash of a request: SHA-256 of its canonical JSON, `blind` included. */
export function requestHash(request: VendorRequest): string {
  return sha256(canonicalJson(request));
}

/** Blinded hash of an answer. */
export function responseHash(request: Pick<VendorRequest, 'blind'>, body: string): string {
  return sha256(`${request.blind}\0${body}`);
}

/**
 * How a call ended.
 * - `answered`: the vendor did it; `body` is its answer, unchecked.
 * - `refused`: the vendor said no, definitely; nothing happened there.
 * - `unsent`: it never left, or never arrived; nothing happened there.
 * - `unknown`: it may have happened: no answer, a dropped connection, a server error.
 */
export interface VendorOutcome {
  readonly outcome: 'answered' | 'refused' | 'unsent' | 'unknown';
  readonly use: VendorUse;
  readonly body?: string;
  /** A stable code for what went wrong, without content: `http-503`, `timeout`, `econnrefused`. */
  readonly code?: string;
}

/**
 * Reaches vendors, each through its vendor function and nothing else. Never throws: every end is an
 * outcome.
 */
export interface VendorGateway {
  kindOf(vendor: string): VendorKind;
  /**
   * Sends a request once. `key` is the same for every repetition of one intent.
   *
   * @param notAfter - When the caller gives up, in milliseconds since the epoch. Nothing leaves
   *   for the vendor after it, also where `signal` does not reach: whoever settles the claim later
   *   relies on that.
   */
  call(
    vendor: string,
    request: VendorRequest,
    key: string,
    signal: AbortSignal,
    notAfter: number,
  ): Promise<VendorOutcome>;
  /**
   * Asks a `lookup` vendor what became of `key`, under which `request` was or would be sent:
   * `answered` with what it would have answered, `refused` when it knows nothing of it.
   */
  lookup(
    vendor: string,
    request: VendorRequest,
    key: string,
    signal: AbortSignal,
    notAfter: number,
  ): Promise<VendorOutcome>;
}

/**
 * Everything outside that the engine works with. One set for each function, opened under its name.
 */
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
   * Where in the author's own sources an error was thrown, such as
   * `functions/automations/refund/automation.ts:24`; undefined when it did not pass there. For log
   * lines: entries tell the place in the bundle, whose hash they carry. Absent where no source maps
   * are: on AWS.
   */
  readonly sourceOf?: (error: unknown) => string | undefined;
}
