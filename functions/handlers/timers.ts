import { flow, functionName } from 'virtual:function';
import { timersFunction } from '../framework/lambda/automation-functions.ts';
import { deployed } from '../wiring/deployed.ts';

/** Lambda function that a schedule calls. Fires due timers. */
const lambda = timersFunction(flow);

export const { connect } = lambda;
export const handler = await deployed(
  lambda,
  functionName,
  import.meta.dirname,
  () => import('./engine.aws.ts'),
);
