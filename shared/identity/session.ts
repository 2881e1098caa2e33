import { createHash } from 'node:crypto';

/**
 * Returns the name of a session in entries: 22 characters, 132 bits of a hash. Keeps values chosen
 * by an issuer out of the trail; the same session always has the same name.
 *
 * @param id - Identifier of the session or its token at the issuer; must not be guessable from
 *   outside, as a name or an address would be.
 */
export function sessionName(issuer: string, id: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['writ session/1', issuer, id]))
    .digest('base64url')
    .slice(0, 22);
}
