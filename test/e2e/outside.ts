/**
 * A module that stands for the world outside in a vendor's function: its requests to `origin` go to
 * `url` on this machine instead. Everything before that is the function's own: the URL it makes,
 * the headers and the secret it sends. The function allows TLS to the vendor's host names only, so
 * there is no other way in.
 */
export function insteadOf(origin: string, url: string): string {
  return `
    const { fetch } = globalThis;
    globalThis.fetch = (to, init) => {
      const { origin, pathname, search } = new URL(to);
      if (origin !== ${JSON.stringify(origin)}) throw new TypeError('fetch failed');
      return fetch(new URL(pathname + search, ${JSON.stringify(url)}), init);
    };
  `;
}

/**
 * A module that stands for the time that goes by before a schedule calls: its function runs 15 days
 * from now.
 */
export const LATER = `
  const { now } = Date;
  Date.now = () => now() + 15 * 86_400_000;
`;
