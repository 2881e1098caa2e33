import { http } from '../../http/trail/index.ts';
import { deployed } from '../../wiring/deployed.ts';

/** Lambda function of the API group `trail`. */
export { http };
export const handler = await deployed(
  http,
  'trail',
  import.meta.dirname,
  () => import('./trail.aws.ts'),
);
