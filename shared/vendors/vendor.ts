import type { VendorKind } from '#shared/engine/index.ts';
import { assertName, type DurationMs, seconds } from '#shared/kernel/index.ts';

/** An outside service, as its vendor function reaches it. */
export interface Vendor {
  readonly name: string;
  /** Host names that may be called, exactly; no wildcards. A deployed function calls the first. */
  readonly hosts: readonly string[];
  /** What the vendor promises about repetition. */
  readonly kind: VendorKind;
  /** Name of the secret whose value authenticates us. */
  readonly secret: string;
  readonly timeoutMs: DurationMs;
  /** Path that tells what became of an idempotency key; needed for `lookup` vendors. */
  readonly lookupPath?: (key: string) => string;
}

export interface VendorDeclaration extends Omit<Vendor, 'timeoutMs'> {
  /** @default 10 seconds */
  readonly timeout?: DurationMs;
}

/**
 * Declares a vendor. Each is reached only by its own vendor function, which alone holds its secret.
 */
export function vendor({ timeout = seconds(10), ...declaration }: VendorDeclaration): Vendor {
  assertName('vendor', declaration.name);
  return { ...declaration, timeoutMs: timeout };
}
