import { flow, functionName, readUpload } from 'virtual:function';
import { intakeFunction } from '../framework/lambda/automation-functions.ts';
import { intakeHandler } from '../framework/lambda/intake-handler.ts';
import { deployed } from '../wiring/deployed.ts';

/** Lambda function that starts runs from uploads, and continues them after a decision at a gate. */
const lambda = intakeFunction(flow, readUpload);

export { flow };
export const { connect, starter, read } = lambda;
export const handler = await deployed(
  intakeHandler(lambda),
  functionName,
  import.meta.dirname,
  () => import('./engine.aws.ts'),
);
