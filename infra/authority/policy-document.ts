import { PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Statement } from './statements.ts';

/**
 * Creates a policy document without merging statements, because merged statements could not be
 * compared with the declaration.
 */
export function toPolicy(statements: readonly Statement[]): PolicyDocument {
  return new PolicyDocument({
    minimize: false,
    statements: statements.map((statement) => PolicyStatement.fromJson(statement)),
  });
}

/**
 * Returns the maximum size of a policy with these statements, in characters without white space, as
 * IAM counts it.
 */
export function sizeOf(statements: readonly Statement[]): number {
  const text = JSON.stringify({ Statement: statements, Version: '2012-10-17' });
  // the deployment resolves these tokens: an account has 12 digits, and the others are ARNs of a
  // key or a secret
  return text.replaceAll(/\$\{Token\[[^\]]*\]\}/g, (token) =>
    'x'.repeat(/AccountId|Partition/.test(token) ? 12 : 160),
  ).length;
}
