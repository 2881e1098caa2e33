/** Vendors: what they are, and the one call a vendor function makes. */
export { callVendor, type VendorCall, type VendorPlace } from './call-vendor.ts';
export { type Vendor, vendor } from './vendor.ts';
