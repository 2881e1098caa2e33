import { automations } from 'virtual:function';
import { makeAutomations } from '../../http/automations/index.ts';
import { deployed } from '../../wiring/deployed.ts';

/** Lambda function of the API group `automations`. */
export const http = makeAutomations(automations);
export * as operations from '../../http/automations/operations.ts';
export const handler = await deployed(
  http,
  'automations',
  import.meta.dirname,
  () => import('./automations.aws.ts'),
);
