import { http } from '../../http/workspaces/index.ts';
import { deployed } from '../../wiring/deployed.ts';

export * as operations from '../../http/workspaces/operations.ts';
/** Lambda function of the API group `workspaces`. */
export { http };
export const handler = await deployed(
  http,
  'workspaces',
  import.meta.dirname,
  () => import('./workspaces.aws.ts'),
);
