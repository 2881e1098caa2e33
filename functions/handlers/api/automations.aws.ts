import { secrets } from '../../wiring/aws.ts';
import { httpOnAws } from '../../wiring/aws-http.ts';

/** Opens the adapters of the API group `automations` on AWS. */
export const open = httpOnAws({ secrets });
