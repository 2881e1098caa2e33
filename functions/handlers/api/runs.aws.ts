import { automationNames } from 'virtual:wiring';
import { secrets } from '../../wiring/aws.ts';
import { httpOnAws, starts } from '../../wiring/aws-http.ts';

/** Opens the adapters of the API group `runs` on AWS. */
export const open = httpOnAws({ secrets, more: starts(automationNames) });
