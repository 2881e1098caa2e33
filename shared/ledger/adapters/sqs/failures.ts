import { isUnsigned } from '#shared/kernel/adapters/aws-errors.ts';

/** Errors with a status below 500 that say "later": SQS API Reference, SendMessageBatch and "Common errors". */
const LATER = new Set([
  'KmsThrottled',
  'RequestThrottled',
  'RequestThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

interface AwsError {
  readonly name?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * Whether a request that failed as a whole may succeed when it is repeated: throttled, an error of the service, or no answer
 * at all. A definite refusal (no access, no such queue) does not pass by itself.
 */
export function isPassing(error: unknown): boolean {
  const { name, $metadata } = error as AwsError;
  if (typeof name === 'string' && LATER.has(name)) return true;
  if (isUnsigned(error)) return false; // trying again does not help
  const status = $metadata?.httpStatusCode;
  return status === undefined || status >= 500 || status === 429;
}
