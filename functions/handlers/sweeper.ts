import { flow, functionName } from 'virtual:function';
import { sweeperFunction } from '../framework/lambda/automation-functions.ts';
import { deployed } from '../wiring/deployed.ts';

/** Lambda function that a schedule calls. Resends messages that may be lost. */
const lambda = sweeperFunction(flow);

export const { connect } = lambda;
export const handler = await deployed(
  lambda,
  functionName,
  import.meta.dirname,
  () => import('./engine.aws.ts'),
);
