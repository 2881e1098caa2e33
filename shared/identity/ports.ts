/**
 * What a verified token says. Only who signed in, when and how: what they may do is for the
 * directory to say.
 */
export interface Login {
  /**
   * Of the token, such as `https://login.example.com`. With `subject` it names one account, for
   * good.
   */
  readonly issuer: string;
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** Names the session in entries: a hash, so that nothing an issuer chose stands in the trail. */
  readonly session: string;
  /**
   * How the person proved who they are, as far as the issuer says it in words of RFC 8176: `mfa`,
   * `pwd`. Sorted, each once.
   */
  readonly methods: readonly string[];
}

/** Tells whether a token is one of the environment's issuer, meant for this API, and in force. */
export interface TokenVerifier {
  /**
   * @throws `identity.token` (refuse): malformed, of another issuer or audience, not signed with
   *   a key of the issuer by an allowed algorithm, made for another end, expired, not in force yet,
   *   or of too long a life: deliberately one error for all, so that nobody learns more by trying.
   *   Its facts hold `why`, for counting.
   * @throws `identity.unavailable` (retry): the issuer's keys cannot be had now.
   */
  verify(token: string): Promise<Login>;
}

/** A JSON Web Key Set (RFC 7517, section 5): public keys. */
export interface KeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
  /** How many entries were left out, because they can check nothing here. */
  readonly skipped?: number;
}

/** The public keys of the issuer of tokens. */
export interface IssuerKeys {
  /**
   * The keys as the issuer publishes them now. Not cached: whoever verifies keeps them for a while.
   *
   * @throws `identity.unavailable` (retry).
   */
  read(): Promise<KeySet>;
}
