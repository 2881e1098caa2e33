import { vendor } from 'virtual:wiring';
import { vendorOnAws } from '../wiring/aws.ts';

/** Opens the adapters of a vendor function on AWS. */
export const open = vendorOnAws(vendor);
