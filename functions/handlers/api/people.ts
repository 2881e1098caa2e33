import { http } from '../../http/people/index.ts';
import { deployed } from '../../wiring/deployed.ts';

export * as operations from '../../http/people/operations.ts';
/** Lambda function of the API group `people`. */
export { http };
export const handler = await deployed(
  http,
  'people',
  import.meta.dirname,
  () => import('./people.aws.ts'),
);
