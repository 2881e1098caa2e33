import { secrets } from '../../wiring/aws.ts';
import { httpOnAws, keyService } from '../../wiring/aws-http.ts';

/** Opens the adapters of the API group `workspaces` on AWS. */
export const open = httpOnAws({ secrets, more: keyService });
