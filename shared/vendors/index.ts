/** Vendors: their declaration, and the call that a vendor function makes. */
export { CALL_TEXT_MAX, callVendor, type VendorCall, type VendorEndpoint } from './call-vendor.ts';
export { type Vendor, vendor } from './vendor.ts';
