import { secrets } from '../../wiring/aws.ts';
import { firstAdmin, httpOnAws } from '../../wiring/aws-http.ts';

/** Opens the adapters of the API group `people` on AWS. */
export const open = httpOnAws({ secrets, more: firstAdmin, settings: ['firstAdmin'] });
