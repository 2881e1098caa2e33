import { openOnAws } from '../../wiring/aws-quiet.ts';

/**
 * Opens the ports of the API group `health` on AWS: no caller is authenticated, no access is
 * decided.
 */
export const open = openOnAws();
