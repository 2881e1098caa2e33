import { createHmac, timingSafeEqual } from 'node:crypto';
import { frame } from '#shared/crypto/index.ts';

/**
 * Terms of a sign-in. Both sides use them to prove that they know the code of the data folder, and
 * neither sends the code.
 */
export interface SignInTerms {
  /** Challenge that the platform issued for this sign-in. */
  readonly challenge: string;
  /** Person to sign in. */
  readonly person: string;
  /**
   * Host and port that the client connects to, such as `127.0.0.1:8420`. A relay at another address
   * is refused.
   */
  readonly address: string;
}

/** Returns the client's proof that it knows the code. */
export const clientProof = (code: string, { challenge, person, address }: SignInTerms): string =>
  hmac(code, frame('writ/sign-in/client/1', challenge, person, address));

/**
 * Returns the platform's proof that it knows the code, bound to the token that the platform issued.
 */
export const platformProof = (
  code: string,
  { challenge, person, address }: SignInTerms,
  token: string,
): string => hmac(code, frame('writ/sign-in/server/1', challenge, person, address, token));

/** Compares two answers or proofs in constant time. */
export function isSameProof(given: string, expected: string): boolean {
  const [actual, wanted] = [Buffer.from(given, 'utf8'), Buffer.from(expected, 'utf8')];
  return actual.length === wanted.length && timingSafeEqual(actual, wanted);
}

/** HMAC-SHA-256 in base64url. */
const hmac = (code: string, text: Buffer): string =>
  createHmac('sha256', code).update(text).digest('base64url');
