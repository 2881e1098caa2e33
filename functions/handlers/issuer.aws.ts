import { issuerOnAws } from '../wiring/aws-quiet.ts';

/** Opens the ports of the function that fetches the issuer's keys on AWS. */
export const open = issuerOnAws();
