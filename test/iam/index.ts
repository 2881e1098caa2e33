/**
 * An evaluator of IAM policies, and the questions to IAM that calls of the AWS API lead to.
 *
 * Test equipment. It has been compared with AWS's documentation, not with AWS.
 */
export { PolicyError } from './errors.ts';
export { evaluate } from './evaluate.ts';
export { type Caller, call } from './requests/call.ts';
export {
  batchGetItem,
  batchWriteItem,
  deleteItem,
  executeStatements,
  executeTransaction,
  getItem,
  putItem,
  query,
  scan,
  transactWriteItems,
  updateItem,
} from './requests/dynamodb.ts';
export { deleteObject, putObject, putObjectRetention } from './requests/s3.ts';
export {
  decrypt,
  generateDataKey,
  getSecretValue,
  invokeFunction,
  onQueue,
  writeLogLines,
} from './requests/services.ts';
export type { Context, Decision, Policies, PolicyDocument, Request } from './types.ts';
