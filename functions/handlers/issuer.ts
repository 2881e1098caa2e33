import { deployed } from '../wiring/deployed.ts';
import * as lambda from '../workers/issuer/issuer.ts';

/** Lambda function that fetches the public keys of the environment's token issuer. */
export const { connect } = lambda;
export const handler = await deployed(
  lambda,
  'issuer',
  import.meta.dirname,
  () => import('./issuer.aws.ts'),
);
