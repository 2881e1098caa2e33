import { SECOND } from '../clock.ts';

/**
 * Settings of every AWS client. The caller sets the region, credentials and endpoint. One call
 * takes at most about ten seconds, including three attempts and the waits between them.
 *
 * - By itself, `requestTimeout` only logs a warning. With `throwOnRequestTimeout` it ends the
 *   attempt. `socketTimeout` ends an attempt whose response stalls. Source:
 *   `NodeHttpHandlerOptions` in `@smithy/types`.
 * - `retryMode` is set, so that `AWS_RETRY_MODE` does not change it. Source: AWS SDKs reference
 *   guide, "Retry behavior".
 * - All other settings are the SDK's defaults: connections are kept alive, and proxy settings in
 *   the environment are ignored.
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
 * SDK's (`TimeoutError`) or the network's (`ECONNREFUSED`); `Unknown` for any text that does not
 * have the form of a name.
 *
 * No other part of an SDK error may be shown or become a `cause`, because its message can quote the
 * response, and a response can contain a key or a secret.
 */
export function awsErrorName(error: unknown): string {
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  if (typeof code === 'string' && /^E[A-Z_]{2,31}$/.test(code)) return code;
  return typeof name === 'string' && /^[A-Za-z]{1,64}$/.test(name) ? name : 'Unknown';
}
