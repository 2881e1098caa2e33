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
   * Name of the session in entries: a hash, so that no value chosen by an issuer is in the trail.
   */
  readonly session: string;
  /**
   * Authentication methods that the issuer states, as values of RFC 8176: `mfa`, `pwd`. Sorted,
   * without duplicates.
   */
  readonly methods: readonly string[];
}

/** Verifies that a token is of the environment's issuer, meant for this API, and in force. */
export interface TokenVerifier {
  /**
   * @throws `identity.token` (refuse): malformed, of another issuer or audience, not signed with a
   *   key of the issuer by an allowed algorithm, made for another purpose, expired, not in force
   *   yet, or with too long a lifetime: deliberately one error for all, so that a sender learns
   *   nothing by trying. Its facts hold `why`, for metrics.
   * @throws `identity.unavailable` (retry): the issuer's keys are unavailable.
   */
  verify(token: string): Promise<Login>;
}

/** A JSON Web Key Set (RFC 7517, section 5): public keys. */
export interface KeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
  /** Number of entries that were skipped, because they cannot verify a token here. */
  readonly skipped?: number;
}

/** Public keys of the issuer of tokens. */
export interface IssuerKeys {
  /**
   * Reads the keys that the issuer publishes now. Not cached; the caller caches them.
   *
   * @throws `identity.unavailable` (retry).
   */
  read(): Promise<KeySet>;
}
