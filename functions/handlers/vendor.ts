import { vendor as declared, functionName } from 'virtual:function';
import { vendorFunction } from '../framework/lambda/vendor-function.ts';
import { deployed } from '../wiring/deployed.ts';

/** Lambda function of one vendor. Only this function has the vendor's secret. */
const lambda = vendorFunction(declared);

export const { vendor, connect } = lambda;
export const handler = await deployed(
  lambda,
  functionName,
  import.meta.dirname,
  () => import('./vendor.aws.ts'),
);
