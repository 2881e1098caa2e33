import { createHash } from 'node:crypto';

/**
 * Returns the name of a session in entries: 22 characters, 132 bits of a hash. Keeps values chosen
 * by an issuer out of the trail. The same session always has the same name.
 *
 * @param id - Identifier of the session or its token at the issuer; must be hard to guess, unlike a
 *   name or an address.
 */
export function sessionName(issuer: string, id: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['writ session/1', issuer, id]))
    .digest('base64url')
    .slice(0, 22);
}
