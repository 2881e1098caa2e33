import { createHash, timingSafeEqual } from 'node:crypto';
import type { SecretVault } from '#shared/crypto/index.ts';
import type { OriginCheck } from '../framework/http/ports.ts';

/**
 * The header by which the API's functions can tell that a request came through CloudFront, and so
 * through the firewall.
 */
export const ORIGIN_HEADER = 'x-writ-origin';

/**
 * What {@link ORIGIN_HEADER} has to hold: a secret that CloudFront was given when it was deployed.
 */
export const ORIGIN_SECRET = { owner: 'api', name: 'origin-header' } as const;

/**
 * Compares the header with the secret, by hashes and in constant time. The secret is the current
 * one, or one that was current at most a minute ago: {@link SecretVault}.
 *
 * @param vault - Gives the secret, under the name of {@link ORIGIN_SECRET}.
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
