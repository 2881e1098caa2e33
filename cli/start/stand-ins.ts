import { loadVendor, vendorNames } from '#infra/declarations/folders.ts';
import type { SecretVault } from '#shared/crypto/index.ts';
import { InvalidInputError, isWritError } from '#shared/kernel/index.ts';
import { isLocal } from '../api/address.ts';

/** Program on this machine that is called instead of a vendor. */
export interface StandIn {
  readonly vendor: string;
  readonly url: string;
}

/** Secret for a stand-in whose secret is not in the data folder. No real vendor accepts it. */
const SAMPLE_SECRET = 'sample-secret-for-a-stand-in';

/**
 * Parses a stand-in such as `payouts=http://127.0.0.1:4010`. Returns undefined for another format
 * or an address that is not on this machine.
 */
export function readStandIn(text: string): StandIn | undefined {
  const [, vendor = '', address = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (
    url === undefined ||
    url.protocol !== 'http:' ||
    !isLocal(url) ||
    url.pathname !== '/' ||
    url.search !== ''
  )
    return undefined;

  return { vendor, url: url.origin };
}

/**
 * Returns the addresses of stand-ins by vendor.
 *
 * @throws `vendor.stand-in` (refuse): a vendor does not exist.
 */
export function urlsOf(standIns: readonly StandIn[]): Record<string, string> {
  const names = vendorNames();
  for (const { vendor } of standIns) {
    if (names.includes(vendor)) continue;

    throw new InvalidInputError(
      'vendor.stand-in',
      `there is no vendor ${vendor}; allowed is ${names.join(', ') || 'none'}`,
      { vendor },
    );
  }

  return Object.fromEntries(standIns.map(({ vendor, url }) => [vendor, url]));
}

/** Stores a sample secret for each stand-in whose secret is missing. */
export async function seedSecrets(
  vault: SecretVault & { put(name: string, value: string): Promise<void> },
  standIns: readonly StandIn[],
): Promise<void> {
  for (const { vendor } of standIns) {
    const { secret } = await loadVendor(vendor);
    if (await isMissing(vault, secret)) await vault.put(secret, SAMPLE_SECRET);
  }
}

async function isMissing(vault: SecretVault, name: string): Promise<boolean> {
  try {
    await vault.get(name);
    return false;
  } catch (error) {
    if (isWritError(error, 'secret.missing')) return true;
    throw error;
  }
}
