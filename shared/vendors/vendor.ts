import type { VendorKind } from '#shared/engine/index.ts';
import { assertName, type DurationMs, seconds } from '#shared/kernel/index.ts';

/** An external service, as its vendor function reaches it. */
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
   * Returns the path that reports the outcome of an idempotency key; required for `lookup` vendors.
   */
  readonly lookupPath?: (key: string) => string;
}

export interface VendorDeclaration extends Omit<Vendor, 'timeoutMs'> {
  /** @default 10 seconds */
  readonly timeout?: DurationMs;
}

/** Declares a vendor. Only its own vendor function reaches it and can read its secret. */
export function vendor({ timeout = seconds(10), ...declaration }: VendorDeclaration): Vendor {
  assertName('vendor', declaration.name);
  return { ...declaration, timeoutMs: timeout };
}
