import { RemovalPolicy } from 'aws-cdk-lib';
import type { Environment } from '../config/environment.ts';

/** What becomes of a resource that holds data when its stack goes, or no longer holds it. */
export function removalPolicy({
  deletionProtection,
}: Pick<Environment, 'deletionProtection'>): RemovalPolicy {
  return deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
