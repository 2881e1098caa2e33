import { issuerOnAws } from '../wiring/aws-quiet.ts';

/** Opens the adapters, on AWS, of the function that fetches the issuer's keys. */
export const open = issuerOnAws();
