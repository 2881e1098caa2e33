import type { VendorGateway, VendorKind, VendorOutcome, VendorRequest } from '#shared/engine/index.ts';
import type { VendorCall } from '../call-vendor.ts';

/** A vendor function as the embedded mode runs it. */
export interface ConnectedVendor {
  readonly kind: VendorKind;
  invoke(call: VendorCall, signal: AbortSignal): Promise<VendorOutcome>;
}

/** The embedded gateway: vendor functions in the same process. On AWS each is a Lambda function with a role of its own. */
export function inProcessGateway(vendors: ReadonlyMap<string, ConnectedVendor>): VendorGateway {
  const unknown = (name: string): VendorOutcome => ({ outcome: 'unsent', use: { vendor: name, host: 'unknown' }, code: 'vendor-unknown' });
  const invoke = (name: string, call: VendorCall, signal: AbortSignal) =>
    vendors.get(name)?.invoke(call, signal) ?? Promise.resolve(unknown(name));
  return {
    kindOf: (name) => vendors.get(name)?.kind ?? { kind: 'none' },
    call: (name, request: VendorRequest, key, signal) => invoke(name, { operation: 'call', key, request }, signal),
    lookup: (name, request: VendorRequest, key, signal) => invoke(name, { operation: 'lookup', key, request }, signal),
  };
}
