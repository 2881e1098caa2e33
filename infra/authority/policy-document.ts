import { PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Statement } from './statements.ts';

/**
 * Makes a policy document without merging statements: merged ones could not be compared with the
 * declaration.
 */
export function toPolicy(statements: readonly Statement[]): PolicyDocument {
  return new PolicyDocument({
    minimize: false,
    statements: statements.map((statement) => PolicyStatement.fromJson(statement)),
  });
}

/**
 * Returns the maximum size of a policy of these statements, in characters without white space, as
 * IAM counts.
 */
export function sizeOf(statements: readonly Statement[]): number {
  const text = JSON.stringify({ Statement: statements, Version: '2012-10-17' });
  // tokens that the deployment resolves: an account has 12 digits; the rest are ARNs of a key or a
  // secret
  return text.replaceAll(/\$\{Token\[[^\]]*\]\}/g, (token) =>
    'x'.repeat(/AccountId|Partition/.test(token) ? 12 : 160),
  ).length;
}
