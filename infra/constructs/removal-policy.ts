import { RemovalPolicy } from 'aws-cdk-lib';
import type { Environment } from '../config/environment.ts';

/** Returns the removal policy of a resource with data. */
export function removalPolicy({
  deletionProtection,
}: Pick<Environment, 'deletionProtection'>): RemovalPolicy {
  return deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
