import { vendor } from 'virtual:wiring';
import { vendorOnAws } from '../wiring/aws.ts';

/** Opens the ports of a vendor function on AWS. */
export const open = vendorOnAws(vendor);
