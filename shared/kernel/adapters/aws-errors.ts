import { awsErrorName } from './aws-client.ts';

/** What an error of a client of AWS says about the request. */
export interface AwsError {
  /** See {@link awsErrorName}. */
  readonly name: string;
  /**
   * The service answered that it did not do it. Without an answer, or with one of a failure of its
   * own, it may have.
   */
  readonly refused: boolean;
  /** Of a cancelled DynamoDB transaction: the code for each statement. */
  readonly reasons?: readonly string[];
}

/**
 * Errors by which a service says that the request is being worked on, or was another one before.
 */
const UNDECIDED = new Set([
  'IdempotentParameterMismatchException',
  'TransactionInProgressException',
]);

/** Reads an error of an AWS client. Anything that is none counts as no answer. */
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
 * The code of a reason. That an INSERT met an item is documented as `DuplicateItem` for statements
 * of a batch, not for those of a transaction, where it may be a `ValidationError` that says so.
 */
function codeOf({ Code = 'None', Message = '' }: Reason): string {
  return Code === 'ValidationError' && /duplicate primary key/i.test(Message)
    ? 'DuplicateItem'
    : Code;
}

/** Errors and reasons of every service used here that say "later". */
const LATER =
  /^(?:KmsThrottled|LimitExceededException|ProvisionedThroughputExceeded(?:Exception)?|RequestLimitExceeded|RequestThrottled(?:Exception)?|Throttling(?:Error|Exception)?|TooManyRequestsException|TransactionConflict(?:Exception)?)$/;

/** Whether what a service said by this name may pass by itself. */
export const isThrottling = (name: string): boolean => LATER.test(name);

/**
 * Whether a request that failed as a whole may succeed when it is made again: told "later", a
 * failure of the service, no answer.
 */
export function isTransient(error: unknown): boolean {
  const { name, refused } = readAwsError(error);
  return !isMissingCredentials(error) && (!refused || isThrottling(name));
}

/** Errors of the network before which no byte of a request can have left. */
const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Whether there was nobody to sign a request as, so that it was not sent. */
export function isMissingCredentials(error: unknown): boolean {
  const { name = '' } = (error ?? {}) as { name?: string };
  return name === 'CredentialsProviderError' || name === 'TokenProviderError';
}

/**
 * Whether a request that failed never reached the service: there was nobody to sign as, or nowhere
 * to send it to.
 */
export function wasNotSent(error: unknown): boolean {
  if (isMissingCredentials(error)) return true;
  const { code, syscall } = (error ?? {}) as { code?: string; syscall?: string };
  const connecting = syscall === undefined || syscall === 'connect' || syscall === 'getaddrinfo';
  return code !== undefined && connecting && BEFORE_SENDING.has(code);
}
