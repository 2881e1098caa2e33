import { PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Statement } from './statements.ts';

/**
 * The statements as they were derived, each by itself: merged ones could not be compared with the
 * declaration.
 */
export function toPolicy(statements: readonly Statement[]): PolicyDocument {
  return new PolicyDocument({
    minimize: false,
    statements: statements.map((statement) => PolicyStatement.fromJson(statement)),
  });
}

/**
 * The most characters that a policy of these statements can come to: IAM counts them without white
 * space.
 */
export function sizeOf(statements: readonly Statement[]): number {
  const text = JSON.stringify({ Statement: statements, Version: '2012-10-17' });
  // what the deployment fills in: an account has 12 digits; the rest are ARNs of a key or a secret
  return text.replaceAll(/\$\{Token\[[^\]]*\]\}/g, (token) =>
    'x'.repeat(/AccountId|Partition/.test(token) ? 12 : 160),
  ).length;
}
