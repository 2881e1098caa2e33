/**
 * Content of a verified token: the account, the time and the method of the sign-in. The directory
 * decides on access.
 */
export interface Login {
  /**
   * Issuer, such as `https://login.example.com`. Together with `subject` it identifies one account
   * permanently.
   */
  readonly issuer: string;
  readonly subject: string;
  /** Time of issue, in milliseconds since the epoch. */
  readonly issuedAt: number;
  /**
   * Name of the session in entries: a hash, so that the trail contains no values chosen by an
   * issuer.
   */
  readonly session: string;
  /**
   * Authentication methods that the issuer states, as values of RFC 8176: `mfa`, `pwd`. Sorted,
   * without duplicates.
   */
  readonly methods: readonly string[];
}

/**
 * Verifies that a token was issued by the environment's issuer, is intended for this API, and is
 * currently valid.
 */
export interface TokenVerifier {
  /**
   * @throws `identity.token` (refuse): malformed, of another issuer or audience, not signed with a
   *   key of the issuer by an allowed algorithm, made for another purpose, expired, not yet valid,
   *   or with too long a lifetime. Deliberately the same error for all, so that an attacker learns
   *   nothing from failed attempts. Its facts contain `why`, for metrics.
   * @throws `identity.unavailable` (retry): the issuer's keys are unavailable.
   */
  verify(token: string): Promise<Login>;
}

/** A JSON Web Key Set (RFC 7517, section 5): public keys. */
export interface KeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
  /** Number of entries that were skipped because they cannot verify a token here. */
  readonly skipped?: number;
}

/** Public keys of the issuer of tokens. */
export interface IssuerKeys {
  /**
   * Reads the keys that the issuer currently publishes. Does not cache them; the caller does.
   *
   * @throws `identity.unavailable` (retry).
   */
  read(): Promise<KeySet>;
}
