import { services } from 'virtual:wiring';
import { engineOnAws } from '../wiring/aws.ts';

/** Opens the adapters of an automation's functions on AWS. */
export const open = engineOnAws(services);
