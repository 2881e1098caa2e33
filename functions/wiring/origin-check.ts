import { createHash, timingSafeEqual } from 'node:crypto';
import type { SecretVault } from '#shared/crypto/index.ts';
import type { OriginCheck } from '../framework/http/ports.ts';

/**
 * Header that proves to the API functions that a request came through CloudFront and, therefore,
 * through the firewall.
 */
export const ORIGIN_HEADER = 'x-writ-origin';

/** Secret value of {@link ORIGIN_HEADER}, which the deployment configures in CloudFront. */
export const ORIGIN_SECRET = { owner: 'api', name: 'origin-header' } as const;

/**
 * Compares hashes of the header and the secret in constant time. Accepts the current secret and a
 * secret that was current within the last minute; see {@link SecretVault}.
 *
 * @param vault - Holds the secret under the name of {@link ORIGIN_SECRET}.
 */
export function originCheck(vault: SecretVault): OriginCheck {
  return {
    header: ORIGIN_HEADER,
    isOurs: async (value) =>
      value !== undefined &&
      timingSafeEqual(hash(value), hash(await vault.get(ORIGIN_SECRET.name))),
  };
}

const hash = (text: string) => createHash('sha256').update(text).digest();
