import { createHmac, timingSafeEqual } from 'node:crypto';
import { frame } from '#shared/crypto/index.ts';

/**
 * What a sign-in is about. Both sides prove that they know the code of the data folder by it, and
 * neither sends the code.
 */
export interface SignInTerms {
  /** As the platform gave it for this one sign-in. */
  readonly challenge: string;
  /** Who is to be signed in. */
  readonly person: string;
  /**
   * Host and port that the client connects to, such as `127.0.0.1:8420`. Whoever listens elsewhere
   * and passes this on is refused.
   */
  readonly address: string;
}

/** What the client proves itself with. */
export const answerTo = (code: string, { challenge, person, address }: SignInTerms): string =>
  hmac(code, frame('writ/sign-in/client/1', challenge, person, address));

/** What the platform proves itself, and the token it gives, with. */
export const proofOf = (
  code: string,
  { challenge, person, address }: SignInTerms,
  token: string,
): string => hmac(code, frame('writ/sign-in/server/1', challenge, person, address, token));

/** Whether two answers or proofs are the same; in the same time wherever they differ. */
export function isSameProof(given: string, own: string): boolean {
  const [one, other] = [Buffer.from(given, 'utf8'), Buffer.from(own, 'utf8')];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** HMAC-SHA-256 in base64url. */
const hmac = (code: string, text: Buffer): string =>
  createHmac('sha256', code).update(text).digest('base64url');
