import type { VendorOutcome } from '#shared/engine/index.ts';
import { isMissingCredentials, wasNotSent } from '#shared/kernel/adapters/aws-errors.ts';

/**
 * Errors of Invoke after which the function has not run, by what the reference says of each: the
 * request was refused at the door, or Lambda could not set the function up. Every other one may
 * come from an invocation that began: `ServiceException`, `EFSIOException` (reading or writing, so
 * it runs), `SnapStartException` and `SnapStartTimeoutException` (its code ran),
 * `RecursiveInvocationException` (was stopped), `DurableExecutionAlreadyStartedException`.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, "Errors"
 * @see https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html - a function that is
 *   pending is not invoked
 */
const NOT_RUN = new Set([
  'CodeArtifactUserDeletedException',
  'CodeArtifactUserFailedException',
  'CodeArtifactUserPendingException',
  'EC2AccessDeniedException',
  'EC2ThrottledException',
  'EC2UnexpectedException',
  'EFSMountConnectivityException',
  'EFSMountFailureException',
  'EFSMountTimeoutException',
  'ENILimitReachedException',
  'ENINotReadyException',
  'InvalidParameterValueException',
  'InvalidRequestContentException',
  'InvalidRuntimeException',
  'InvalidSecurityGroupIDException',
  'InvalidSubnetIDException',
  'InvalidZipFileException',
  'KMSAccessDeniedException',
  'KMSDisabledException',
  'KMSInvalidStateException',
  'KMSNotFoundException',
  'ModeNotSupportedException',
  'NoPublishedVersionException',
  'RequestTooLargeException',
  'ResourceConflictException',
  'ResourceNotFoundException',
  'ResourceNotReadyException',
  'S3FilesMountConnectivityException',
  'S3FilesMountFailureException',
  'S3FilesMountTimeoutException',
  'SerializedRequestEntityTooLargeException',
  'ServiceQuotaExceededException',
  'SnapStartNotReadyException',
  'SubnetIPAddressLimitReachedException',
  'TooManyRequestsException',
  'UnsupportedMediaTypeException',
]);

/**
 * Errors of every service: who asks was not let in, or asks too much.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
 */
const NOT_LET_IN = new Set([
  'AccessDeniedException',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidClientTokenIdException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'NotAuthorized',
  'OptInRequired',
  'RequestExpired',
  'ThrottlingException',
  'UnrecognizedClientException',
]);

/** The other side could not prove who it is, so it was sent nothing. */
const UNPROVEN = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/;

/**
 * Whatever ends these has ended before a byte of the request: each call has a connection of its
 * own.
 */
const CONNECTING = ['connect', 'getaddrinfo'];

interface AwsError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly code?: string;
  readonly syscall?: string;
}

/**
 * How an invocation that threw has ended: `unsent` only where it is certain that the function did
 * not run.
 */
export function outcomeOfError(
  error: unknown,
  signal: AbortSignal,
): Pick<VendorOutcome, 'outcome' | 'code'> {
  const { name = '', $metadata, code = '', syscall = '' } = (error ?? {}) as AwsError;
  if (isMissingCredentials(error)) return { outcome: 'unsent', code: 'no-credentials' };
  const status = $metadata?.httpStatusCode;
  if (status !== undefined && status >= 300) {
    if (NOT_RUN.has(name) || NOT_LET_IN.has(name)) return { outcome: 'unsent', code: kebab(name) };
    return {
      outcome: 'unknown',
      code: /^[A-Z][A-Za-z0-9]{0,59}Exception$/.test(name) ? kebab(name) : `http-${status}`,
    };
  }
  if (wasNotSent(error) || CONNECTING.includes(syscall) || UNPROVEN.test(code))
    return { outcome: 'unsent', code: kebab(code) };

  // the SDK calls it a timeout, too, when a connection is reset, which then has the code of the
  // network
  return {
    outcome: 'unknown',
    code:
      signal.aborted || (name === 'TimeoutError' && code === '') ? 'timeout' : 'connection-lost',
  };
}

/**
 * A code of ours from a name of theirs: `EC2ThrottledException` → `ec2-throttled`, `EAI_AGAIN` →
 * `eai-again`.
 */
function kebab(name: string): string {
  return name
    .replace(/Exception$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
}
