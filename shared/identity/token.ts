import {
  errors,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
  type LocalJWKSet,
} from 'jose';
import * as z from 'zod/mini';
import {
  type Clock,
  type Metrics,
  MINUTE,
  readObject,
  SECOND,
  silentMetrics,
} from '#shared/kernel/index.ts';
import { type TokenFault, TokenRefusedError } from './errors.ts';
import { IssuerKeyCache } from './issuer-key-cache.ts';
import { subjectSchema } from './login.ts';
import type { IssuerKeys, Login, TokenVerifier } from './ports.ts';
import { sessionName } from './session.ts';
import { hasOtherPurpose } from './token-purpose.ts';

/** Maximum lifetime of a token, from `iat` to `exp`. */
export const TOKEN_LIFE_MS = 15 * MINUTE;
/** Maximum difference allowed between the issuer's clock and ours. */
const SKEW_MS = MINUTE;
const TOKEN_MAX_CHARS = 8 * 1_024;
/**
 * Allowed algorithms: asymmetric signatures only. A MAC would require the verifier to have the
 * secret. `none` is never allowed.
 */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;
/**
 * Values of `typ` that are accepted. JWTs for other purposes (logout, proof of possession) have
 * other types. RFC 8725, section 3.11.
 */
const TYPES: readonly unknown[] = [
  undefined,
  'jwt',
  'at+jwt',
  'application/jwt',
  'application/at+jwt',
];
/**
 * Methods of RFC 8176, section 2. Other values are dropped, so that values invented by an issuer do
 * not enter the trail.
 */
const METHODS: readonly string[] =
  'face fpt geo hwk iris kba mca mfa otp pin pop pwd rba retina sc sms swk tel user vbm wia'.split(
    ' ',
  );

/** Options of {@link tokenVerifier}. */
export interface TokenVerifierOptions {
  /** Issuer, exactly as in `iss`. */
  readonly issuer: string;
  /**
   * Accepted audiences. `aud` must contain one of them. In a token without `aud`, such as an access
   * token of Cognito, `client_id` must be one of them, as in API Gateway.
   */
  readonly audience: readonly string[];
  readonly keys: IssuerKeys;
  readonly clock: Clock;
  /** @default none */
  readonly metrics?: Metrics;
}

const text = z.string().check(z.minLength(1), z.maxLength(1_024));
const header = z.object({
  alg: z.enum(ALGORITHMS),
  kid: z.string().check(z.minLength(1), z.maxLength(256)),
  crit: z.optional(z.never()), // critical extensions are not supported
  b64: z.optional(z.never()),
  // a nested token
  cty: z.optional(z.string().check(z.refine((type) => !/^(application\/)?jwt$/i.test(type)))),
});
const claims = z.object({
  aud: z.optional(z.union([text, z.array(text).check(z.maxLength(64))])),
  client_id: z.optional(text),
  iat: z.number(),
  exp: z.number(),
});

/**
 * Verifies JWTs of one OpenID Connect issuer. Caches the issuer's keys for ten minutes, or for up
 * to an hour while the issuer cannot be reached. Ignores keys in the token's header.
 */
export function tokenVerifier({
  issuer,
  audience,
  keys,
  clock,
  metrics = silentMetrics,
}: TokenVerifierOptions): TokenVerifier {
  const cache = new IssuerKeyCache(keys, clock, metrics);
  return {
    async verify(token) {
      const { kid } = readHeader(token);
      const { payload } = await verifyToken(token, await cache.withKey(kid), issuer, clock.now());
      return loginOf(token, payload, { issuer, audience, now: clock.now() });
    },
  };
}

function refuse(why: TokenFault): never {
  throw new TokenRefusedError(why);
}

/** Performs all checks that precede the signature check. */
function readHeader(token: string): { readonly kid: string } {
  const parts = token.length > TOKEN_MAX_CHARS ? [] : token.split('.');
  const [head, body, signature] = parts.map(readPart);

  if (parts.length !== 3 || head === undefined || body === undefined || signature === undefined)
    refuse('form');

  const object = readObject(head);

  if (object === undefined || readObject(body) === undefined) refuse('form');

  if (!TYPES.includes(typeof object.typ === 'string' ? object.typ.toLowerCase() : object.typ))
    refuse('form');

  const parsed = header.safeParse(object);
  if (parsed.success) return parsed.data;

  const [member] = parsed.error.issues[0]?.path ?? [];

  return refuse(member === 'alg' ? 'algorithm' : member === 'kid' ? 'key' : 'form');
}

/**
 * Decodes a part. Accepts only canonical base64url, because many other texts decode to the same
 * bytes.
 */
function readPart(part: string): Uint8Array | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === part ? bytes : undefined;
}

async function verifyToken(
  token: string,
  keys: LocalJWKSet,
  issuer: string,
  now: number,
): Promise<JWTVerifyResult> {
  const options: JWTVerifyOptions = {
    algorithms: [...ALGORITHMS],
    issuer,
    currentDate: new Date(now),
    clockTolerance: SKEW_MS / SECOND,
    requiredClaims: ['exp', 'iat', 'sub'],
  };

  try {
    return await jwtVerify(token, keys, options);
  } catch (error) {
    return error instanceof errors.JWKSMultipleMatchingKeys
      ? verifyWithAny(error, token, options)
      : refuse(faultOf(error));
  }
}

/** Tries several keys with the same id. RFC 7517, section 4.5. */
async function verifyWithAny(
  keys: errors.JWKSMultipleMatchingKeys,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  let fault: TokenFault = 'key';
  for await (const key of keys) {
    try {
      return await jwtVerify(token, key, options);
    } catch (error) {
      fault = faultOf(error);
      // the key was the right one
      if (fault !== 'signature' && fault !== 'key') return refuse(fault);
    }
  }

  return refuse(fault);
}

function faultOf(error: unknown): TokenFault {
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === 'iss'
      ? 'issuer'
      : error.claim === 'nbf'
        ? 'early'
        : error.claim === 'sub'
          ? 'subject'
          : 'form';
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) return 'form';

  return 'key'; // no key matches, too many keys match, or the key is too weak
}

interface ExpectedClaims {
  readonly issuer: string;
  /** Allowed audiences. */
  readonly audience: readonly string[];
  /** Time of the check, in milliseconds since the epoch. */
  readonly now: number;
}

function loginOf(
  token: string,
  payload: Readonly<Record<string, unknown>>,
  { issuer, audience, now }: ExpectedClaims,
): Login {
  if (hasOtherPurpose(payload)) refuse('purpose');

  const parsed = claims.safeParse(payload);
  if (!parsed.success) return refuse('form');

  const { aud = parsed.data.client_id, iat, exp } = parsed.data;

  if (![aud].flat().some((one) => one !== undefined && audience.includes(one))) refuse('audience');

  if (iat * SECOND > now + SKEW_MS) refuse('early');

  if (exp <= iat || (exp - iat) * SECOND > TOKEN_LIFE_MS) refuse('life');

  const sub = subjectSchema.safeParse(payload.sub);
  if (!sub.success) return refuse('subject');

  return {
    issuer,
    subject: sub.data,
    issuedAt: Math.floor(iat * SECOND),
    session: sessionName(issuer, sessionOf(payload, token)),
    methods: methodsOf(payload.amr),
  };
}

/**
 * Returns the session's identifier: `sid`, `jti`, or otherwise the signature. Unlike the subject
 * and the time, the signature cannot be guessed without the token.
 */
function sessionOf({ sid, jti }: Readonly<Record<string, unknown>>, token: string): string {
  if (typeof sid === 'string' && sid !== '') return `sid:${sid}`;
  if (typeof jti === 'string' && jti !== '') return `jti:${jti}`;
  return `signature:${token.slice(token.lastIndexOf('.') + 1)}`;
}

function methodsOf(amr: unknown): readonly string[] {
  return Array.isArray(amr) ? METHODS.filter((method) => amr.includes(method)) : [];
}
