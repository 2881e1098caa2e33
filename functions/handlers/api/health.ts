import { openapi } from 'virtual:function';
import { makeHealth } from '../../http/health/index.ts';
import { deployed } from '../../wiring/deployed.ts';

/** Lambda function of the API group `health`. */
export const http = makeHealth(openapi);
export const handler = await deployed(
  http,
  'health',
  import.meta.dirname,
  () => import('./health.aws.ts'),
);
