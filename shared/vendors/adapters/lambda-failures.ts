import type { VendorOutcome } from '#shared/engine/index.ts';
import { isMissingCredentials, wasNotSent } from '#shared/kernel/adapters/aws-errors.ts';

/**
 * Errors of Invoke that prove, according to the API reference, that the function did not run: the
 * request was refused, or Lambda could not set up the function. All other errors may come from an
 * invocation that started: `ServiceException`, `EFSIOException` (the function was reading or
 * writing), `SnapStartException` and `SnapStartTimeoutException` (its code ran),
 * `RecursiveInvocationException` (it was stopped), `DurableExecutionAlreadyStartedException`.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, "Errors"
 * @see https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html - a pending function is
 *   not invoked
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
 * Errors common to all AWS services: the caller was not authorized or was throttled.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
 */
const NOT_AUTHORIZED = new Set([
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

/** TLS errors: the server could not prove its identity, so nothing was sent. */
const UNTRUSTED_PEER = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/;

/**
 * System calls that end before the first byte of the request is sent, because each vendor call has
 * its own connection.
 */
const CONNECTING = ['connect', 'getaddrinfo'];

interface AwsError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly code?: string;
  readonly syscall?: string;
}

/**
 * Returns the outcome of an invocation that threw an error. It is `unsent` only if the function
 * certainly did not run.
 */
export function outcomeOfError(
  error: unknown,
  signal: AbortSignal,
): Pick<VendorOutcome, 'outcome' | 'code'> {
  const { name = '', $metadata, code = '', syscall = '' } = (error ?? {}) as AwsError;
  if (isMissingCredentials(error)) return { outcome: 'unsent', code: 'no-credentials' };
  const status = $metadata?.httpStatusCode;
  if (status !== undefined && status >= 300) {
    if (NOT_RUN.has(name) || NOT_AUTHORIZED.has(name))
      return { outcome: 'unsent', code: kebab(name) };
    return {
      outcome: 'unknown',
      code: /^[A-Z][A-Za-z0-9]{0,59}Exception$/.test(name) ? kebab(name) : `http-${status}`,
    };
  }
  if (wasNotSent(error) || CONNECTING.includes(syscall) || UNTRUSTED_PEER.test(code))
    return { outcome: 'unsent', code: kebab(code) };

  // the SDK also reports a reset connection as a timeout, with the network's error code
  return {
    outcome: 'unknown',
    code:
      signal.aborted || (name === 'TimeoutError' && code === '') ? 'timeout' : 'connection-lost',
  };
}

/**
 * Converts an error name to a code: `EC2ThrottledException` → `ec2-throttled`, `EAI_AGAIN` →
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
