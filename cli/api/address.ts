import { InvalidInputError } from '#shared/kernel/index.ts';

/** Where `npm start` puts the API unless it is told otherwise. */
export const DEFAULT_PORT = 8420;

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Whether an address is on this machine. */
export const isLocal = (url: URL): boolean => LOOPBACK.has(url.hostname);

/**
 * The address of an API, without a slash at its end. A token travels there, so it is `https`, or
 * `http` on this machine.
 *
 * @throws `platform.address` (refuse).
 */
export function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal(url));
  if (url === undefined || !safe || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new InvalidInputError(
      'platform.address',
      `"${text}" is not the address of an API: https://…, or http://127.0.0.1:PORT on this machine`,
      {},
    );
  }

  // the platform listens there and nowhere else: at what else localhost leads to, [::1], anybody
  // may
  if (url.hostname === 'localhost') url.hostname = '127.0.0.1';

  url.pathname = url.pathname.replace(/\/+$/, '');

  return url;
}
