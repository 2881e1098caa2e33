import * as z from 'zod/mini';
import type { SecretVault } from '#shared/crypto/index.ts';
import type { VendorOutcome } from '#shared/engine/index.ts';
import { type Clock, InvalidInputError } from '#shared/kernel/index.ts';
import {
  CALL_TEXT_MAX,
  callVendor,
  type Vendor,
  type VendorCall,
  type VendorEndpoint,
} from '#shared/vendors/index.ts';

/** Ports of a vendor function: the vendor's location and its secret. */
export interface VendorPorts {
  readonly vault: SecretVault;
  readonly place: VendorEndpoint;
  readonly clock: Clock;
}

export type VendorHandler = (call: VendorCall, signal?: AbortSignal) => Promise<VendorOutcome>;

export interface VendorFunction {
  readonly vendor: Vendor;
  connect(ports: VendorPorts): VendorHandler;
}

const text = z.string().check(z.maxLength(CALL_TEXT_MAX));
const vendorCall = z.strictObject({
  operation: z.enum(['call', 'lookup']),
  key: text,
  request: z.strictObject({ method: z.literal('POST'), path: text, body: z.string(), blind: text }),
  notAfter: z.int(),
});

/**
 * Creates the function of one vendor. Only this function has the vendor's secret and can reach the
 * vendor's hosts.
 */
export function vendorFunction(vendor: Vendor): VendorFunction {
  return {
    vendor,
    connect:
      ({ vault, place, clock }) =>
      async (call, signal) => {
        const parsed = vendorCall.safeParse(call);
        if (!parsed.success)
          throw new InvalidInputError(
            'vendor.call-invalid',
            `the call of vendor ${vendor.name} does not match the schema of a vendor call`,
            { vendor: vendor.name },
          );

        return callVendor({ vendor, endpoint: place, vault, clock }, parsed.data, signal);
      },
  };
}
