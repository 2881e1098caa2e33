import { SECOND } from '../clock.ts';

/**
 * What every client of AWS here is made with; region, credentials and endpoint are left to the
 * caller. One call ends after about ten seconds at the latest: three attempts with the waits
 * between them.
 *
 * - `requestTimeout` alone only warns; with `throwOnRequestTimeout` it ends the attempt.
 *   `socketTimeout` ends one whose answer began and then stood still. Source: the option's
 *   documentation in `@smithy/types`, `NodeHttpHandlerOptions`.
 * - `retryMode` is named, so that `AWS_RETRY_MODE` does not change it. Source: AWS SDKs reference
 *   guide, "Retry behavior".
 * - Connections are kept alive, which is the SDK's default; a proxy of the environment is not
 *   used, which is too.
 */
export const AWS_CLIENT = {
  maxAttempts: 3,
  retryMode: 'standard',
  requestHandler: {
    connectionTimeout: SECOND,
    requestTimeout: 3 * SECOND,
    socketTimeout: 3 * SECOND,
    throwOnRequestTimeout: true,
  },
} as const;

/**
 * The name of what went wrong, for `reason` facts: the service's (`ThrottlingException`), the SDK's
 * (`TimeoutError`) or the network's (`ECONNREFUSED`); `Unknown` for anything that does not look
 * like a name.
 *
 * Nothing else of an error of the SDK may be shown, nor may it be a `cause`: its message can quote
 * the answer, and an answer can hold a key or a secret.
 */
export function awsErrorName(error: unknown): string {
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  if (typeof code === 'string' && /^E[A-Z_]{2,31}$/.test(code)) return code;
  return typeof name === 'string' && /^[A-Za-z]{1,64}$/.test(name) ? name : 'Unknown';
}
