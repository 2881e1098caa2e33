import { flow, functionName, stepName } from 'virtual:function';
import { stepFunction } from '../framework/lambda/automation-functions.ts';
import { deployed } from '../wiring/deployed.ts';

/** Lambda function of one step. Handles messages of the step's queue. */
const lambda = stepFunction(flow, stepName);

export const { connect } = lambda;
export const handler = await deployed(
  lambda,
  functionName,
  import.meta.dirname,
  () => import('./engine.aws.ts'),
);
