import type { VendorGateway, VendorKind, VendorOutcome } from '#shared/engine/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import type { VendorCall } from '../call-vendor.ts';

/** A vendor function in embedded mode. */
export interface ConnectedVendor {
  readonly kind: VendorKind;
  invoke(call: VendorCall, signal: AbortSignal): Promise<VendorOutcome>;
}

/**
 * The embedded gateway: vendor functions in the same process. On AWS, each vendor has a Lambda
 * function with its own role.
 */
export function inProcessGateway(vendors: ReadonlyMap<string, ConnectedVendor>): VendorGateway {
  const unknown = (name: string): VendorOutcome => ({
    outcome: 'unsent',
    use: { vendor: name, host: 'unknown' },
    code: 'vendor-unknown',
  });

  const invoke = async (
    name: string,
    call: VendorCall,
    signal: AbortSignal,
  ): Promise<VendorOutcome> => {
    const vendor = vendors.get(name);
    if (vendor === undefined) return unknown(name);

    try {
      return await vendor.invoke(call, signal);
    } catch (error) {
      const use = { vendor: name, host: 'unknown' };
      // a call that the vendor's function refuses was not sent
      return isWritError(error, 'vendor.call-invalid')
        ? { outcome: 'unsent', use, code: 'request-invalid' }
        : { outcome: 'unknown', use, code: 'function-error' };
    }
  };

  return {
    kindOf: (name) => vendors.get(name)?.kind ?? { kind: 'none' },
    call: (name, request, { key, signal, notAfter }) =>
      invoke(name, { operation: 'call', key, request, notAfter }, signal),
    lookup: (name, request, { key, signal, notAfter }) =>
      invoke(name, { operation: 'lookup', key, request, notAfter }, signal),
  };
}
