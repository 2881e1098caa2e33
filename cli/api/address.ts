import { InvalidInputError } from '#shared/kernel/index.ts';

/** Default port of the API. */
export const DEFAULT_PORT = 8420;

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Checks whether an address points to this machine. */
export const isLocal = (url: URL): boolean => LOOPBACK.has(url.hostname);

/**
 * Parses the address of an API and removes a trailing slash. The address must be `https`, or `http`
 * on this machine, because tokens are sent there.
 *
 * @throws `platform.address` (refuse).
 */
export function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal(url));
  if (url === undefined || !safe || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new InvalidInputError(
      'platform.address',
      `"${text}" is not the address of an API; allowed are https://… and http://127.0.0.1:PORT`,
    );
  }

  // localhost can also resolve to [::1], where another program may listen; the platform listens
  // only on 127.0.0.1
  if (url.hostname === 'localhost') url.hostname = '127.0.0.1';

  url.pathname = url.pathname.replace(/\/+$/, '');

  return url;
}
