import { flow, functionName } from 'virtual:function';
import { deadLetterFunction } from '../framework/lambda/automation-functions.ts';
import { deployed } from '../wiring/deployed.ts';

/**
 * Lambda function of an automation's dead-letter queues. Parks runs whose messages could not be
 * delivered.
 */
const lambda = deadLetterFunction(flow);

export const { connect } = lambda;
export const handler = await deployed(
  lambda,
  functionName,
  import.meta.dirname,
  () => import('./engine.aws.ts'),
);
