import { automations } from 'virtual:function';
import { makeGates } from '../../http/gates/index.ts';
import { deployed } from '../../wiring/deployed.ts';

/** Lambda function of the API group `gates`. */
export const http = makeGates(automations);
export * as operations from '../../http/gates/operations.ts';
export const handler = await deployed(
  http,
  'gates',
  import.meta.dirname,
  () => import('./gates.aws.ts'),
);
