type Claims = Readonly<Record<string, unknown>>;

/**
 * Claims that a token for signing in does not have, whatever their value.
 * - `events`: a security event, such as a logout. RFC 8417, section 2.2; OpenID Connect
 *   Back-Channel Logout 1.0, section 2.4.
 * - `cnf`: good only with a proof of a key (DPoP, mutual TLS), which nobody asks for here: who
 *   merely holds the token may have stolen it. RFC 7800, section 3.1; RFC 9449, section 7.2; RFC
 *   8705, section 3.
 * - `act`: somebody else acts for the subject. A decision is the person's own. RFC 8693, section
 *   4.1.
 */
const NEVER = ['events', 'cnf', 'act'];

/** Claims by which issuers say what a token is: Cognito, Keycloak, ForgeRock, Curity. */
const KIND = ['token_use', 'typ', 'tokenName', 'token_type', 'purpose'];

/**
 * Kinds that are presented to the issuer alone, or that prove a key; folded to lower-case letters.
 */
const OTHER_KINDS = new Set([
  'refresh',
  'refreshtoken',
  'offline',
  'offlinetoken',
  'logout',
  'logouttoken',
  'code',
  'authorizationcode',
  'dpop',
  'initialaccesstoken',
  'registrationaccesstoken',
]);

/**
 * Whether the issuer made a token for another end than telling an API who is signed in.
 *
 * Access tokens and ID tokens are both for that, as long as their audience is right: Google, for
 * one, gives no access token that can be read. RFC 8725, sections 3.11 and 3.12, asks that kinds of
 * JWT be told apart; `typ` of the header is checked before.
 */
export function hasOtherPurpose(claims: Claims): boolean {
  if (NEVER.some((name) => Object.hasOwn(claims, name))) return true;
  return KIND.some((name) => Object.hasOwn(claims, name) && OTHER_KINDS.has(folded(claims[name])));
}

const folded = (kind: unknown): string =>
  typeof kind === 'string' ? kind.toLowerCase().replaceAll(/[^a-z]/g, '') : '';
