import { secrets } from '../../wiring/aws.ts';
import { httpOnAws, trail } from '../../wiring/aws-http.ts';

/** Opens the adapters of the API group `trail` on AWS. */
export const open = httpOnAws({ secrets, more: trail });
