import type { VendorKind } from '#shared/engine/index.ts';
import { assertName, type DurationMs, seconds } from '#shared/kernel/index.ts';

/** An external service that is called by its vendor function. */
export interface Vendor {
  readonly name: string;
  /** Allowed host names, exact, without wildcards. A deployed function calls the first. */
  readonly hosts: readonly string[];
  /** The vendor's guarantee about repeated requests. */
  readonly kind: VendorKind;
  /** Name of the secret that authenticates the requests. */
  readonly secret: string;
  readonly timeoutMs: DurationMs;
  /**
   * Returns the path for looking up the outcome of an idempotency key. Required for `lookup`
   * vendors.
   */
  readonly lookupPath?: (key: string) => string;
}

export interface VendorDeclaration extends Omit<Vendor, 'timeoutMs'> {
  /** @default 10 seconds */
  readonly timeout?: DurationMs;
}

/**
 * Declares a vendor. Only the vendor's function has the vendor's secret and can reach its hosts.
 *
 * @throws `name.invalid` for a name that is not a lower-case letter followed by at most 31 letters,
 *   digits or hyphens.
 *
 * @example
 * ```ts
 * import { hours, vendor } from 'writ';
 *
 * export default vendor({
 *   name: 'payouts',
 *   hosts: ['api.payouts.example'],
 *   // repeats of a key within a day are one payout
 *   kind: { kind: 'idempotent', windowMs: hours(24) },
 *   secret: 'payouts-token',
 * });
 * ```
 */
export function vendor({ timeout = seconds(10), ...declaration }: VendorDeclaration): Vendor {
  assertName('vendor', declaration.name);
  return { ...declaration, timeoutMs: timeout };
}
