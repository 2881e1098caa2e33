import { createHash } from 'node:crypto';

/**
 * What a session is called in entries: 22 characters, 132 bits of a hash. Nothing an issuer chose
 * stands in the trail, and the same session is always called the same.
 *
 * @param id - What names the session or its token at the issuer; not to be guessed from outside,
 *   as a name or an address would be.
 */
export function sessionName(issuer: string, id: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['writ session/1', issuer, id]))
    .digest('base64url')
    .slice(0, 22);
}
