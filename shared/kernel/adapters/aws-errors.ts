import { awsErrorName } from './aws-client.ts';

/** Facts about a failed request, read from an error of an AWS client. */
export interface AwsError {
  /** See {@link awsErrorName}. */
  readonly name: string;
  /**
   * True when the service responded that it did not act. Without a response, or after a server
   * error, it may have acted.
   */
  readonly refused: boolean;
  /** Cancellation reasons of a DynamoDB transaction, one for each statement. */
  readonly reasons?: readonly string[];
}

/**
 * Errors that mean that the request is still in progress, or that its token belongs to another
 * request.
 */
const UNDECIDED = new Set([
  'IdempotentParameterMismatchException',
  'TransactionInProgressException',
]);

/** Reads an error of an AWS client. Any other error is treated as a missing response. */
export function readAwsError(error: unknown): AwsError {
  const { $metadata, CancellationReasons } = (error ?? {}) as {
    $metadata?: { httpStatusCode?: number };
    CancellationReasons?: readonly Reason[];
  };

  const name = awsErrorName(error);
  const status = $metadata?.httpStatusCode;

  return {
    name,
    refused: status !== undefined && status >= 400 && status < 500 && !UNDECIDED.has(name),
    reasons: CancellationReasons === undefined ? undefined : CancellationReasons.map(codeOf),
  };
}

interface Reason {
  readonly Code?: string;
  readonly Message?: string;
}

/**
 * Returns the code of a reason. The documentation gives `DuplicateItem` for an INSERT of an
 * existing item in a batch, but not in a transaction, where the code may be `ValidationError` with
 * a message that names the duplicate.
 */
function codeOf({ Code = 'None', Message = '' }: Reason): string {
  return Code === 'ValidationError' && /duplicate primary key/i.test(Message)
    ? 'DuplicateItem'
    : Code;
}

/** Names of throttling errors and of transaction conflicts, in the services that Writ uses. */
const LATER =
  /^(?:KmsThrottled|LimitExceededException|ProvisionedThroughputExceeded(?:Exception)?|RequestLimitExceeded|RequestThrottled(?:Exception)?|Throttling(?:Error|Exception)?|TooManyRequestsException|TransactionConflict(?:Exception)?)$/;

/** Returns true for the name of a throttling error, which may not occur again on a retry. */
export const isThrottling = (name: string): boolean => LATER.test(name);

/**
 * Returns true when a retry of the failed request may succeed: after throttling, a server error, or
 * a missing response.
 */
export function isTransient(error: unknown): boolean {
  const { name, refused } = readAwsError(error);
  return !isMissingCredentials(error) && (!refused || isThrottling(name));
}

/** Network errors that occur before the first byte of a request is sent. */
const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Returns true when the request was not sent because credentials are missing. */
export function isMissingCredentials(error: unknown): boolean {
  const { name = '' } = (error ?? {}) as { name?: string };
  return name === 'CredentialsProviderError' || name === 'TokenProviderError';
}

/**
 * Returns true when the failed request never reached the service: it was not signed, or no
 * connection was made.
 */
export function wasNotSent(error: unknown): boolean {
  if (isMissingCredentials(error)) return true;
  const { code, syscall } = (error ?? {}) as { code?: string; syscall?: string };
  const connecting = syscall === undefined || syscall === 'connect' || syscall === 'getaddrinfo';
  return code !== undefined && connecting && BEFORE_SENDING.has(code);
}
