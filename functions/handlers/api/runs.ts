import { automations } from 'virtual:function';
import { makeRuns } from '../../http/runs/index.ts';
import { deployed } from '../../wiring/deployed.ts';

/** Lambda function of the API group `runs`. */
export const http = makeRuns(automations);
export const handler = await deployed(
  http,
  'runs',
  import.meta.dirname,
  () => import('./runs.aws.ts'),
);
