import { openOnAws } from '../../wiring/aws-quiet.ts';

/**
 * Opens the adapters of the API group `health` on AWS. The group does not authenticate callers or
 * decide access.
 */
export const open = openOnAws();
