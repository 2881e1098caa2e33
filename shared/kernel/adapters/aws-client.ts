import { SECOND } from '../clock.ts';

/**
 * Settings of every AWS client; region, credentials and endpoint are left to the caller. One call
 * takes at most about ten seconds: three attempts with the waits between them.
 *
 * - `requestTimeout` alone only warns; with `throwOnRequestTimeout` it ends the attempt.
 *   `socketTimeout` ends an attempt whose response stalls. Source: `NodeHttpHandlerOptions` in
 *   `@smithy/types`.
 * - `retryMode` is set, so that `AWS_RETRY_MODE` does not change it. Source: AWS SDKs reference
 *   guide, "Retry behavior".
 * - The SDK's defaults hold for the rest: connections are kept alive, and a proxy of the
 *   environment is not used.
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
 * Returns the name of an error, for `reason` facts: the service's (`ThrottlingException`), the
 * SDK's (`TimeoutError`) or the network's (`ECONNREFUSED`); `Unknown` for anything that does not
 * look like a name.
 *
 * Nothing else of an SDK error may be shown or become a `cause`: its message can quote the
 * response, and a response can hold a key or a secret.
 */
export function awsErrorName(error: unknown): string {
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  if (typeof code === 'string' && /^E[A-Z_]{2,31}$/.test(code)) return code;
  return typeof name === 'string' && /^[A-Za-z]{1,64}$/.test(name) ? name : 'Unknown';
}
