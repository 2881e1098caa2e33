type Claims = Readonly<Record<string, unknown>>;

/**
 * Claims that, with any value, disqualify a token for sign-in.
 * - `events`: a security event, such as a logout. RFC 8417, section 2.2; OpenID Connect
 *   Back-Channel Logout 1.0, section 2.4.
 * - `cnf`: valid only with a proof of possession (DPoP, mutual TLS), which is not verified here. A
 *   caller with only the token may have stolen it. RFC 7800, section 3.1; RFC 9449, section 7.2;
 *   RFC 8705, section 3.
 * - `act`: another party acts for the subject. Decisions must be made by the person. RFC 8693,
 *   section 4.1.
 */
const DISQUALIFYING_CLAIMS = ['events', 'cnf', 'act'];

/** Claims that state the kind of a token: Cognito, Keycloak, ForgeRock, Curity. */
const KIND_CLAIMS = ['token_use', 'typ', 'tokenName', 'token_type', 'purpose'];

/**
 * Kinds that are presented to the issuer only, or that prove possession of a key. In the form that
 * `foldKind` returns: lower-case letters.
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
 * Returns true for a token that the issuer made for a purpose other than identifying a person to an
 * API.
 *
 * Access tokens and ID tokens both qualify when their audience is right: Google, for example, does
 * not issue readable access tokens. RFC 8725, sections 3.11 and 3.12, requires that kinds of JWT be
 * distinguished; the header's `typ` has already been checked.
 */
export function hasOtherPurpose(claims: Claims): boolean {
  if (DISQUALIFYING_CLAIMS.some((name) => Object.hasOwn(claims, name))) return true;
  return KIND_CLAIMS.some(
    (name) => Object.hasOwn(claims, name) && OTHER_KINDS.has(foldKind(claims[name])),
  );
}

const foldKind = (kind: unknown): string =>
  typeof kind === 'string' ? kind.toLowerCase().replaceAll(/[^a-z]/g, '') : '';
