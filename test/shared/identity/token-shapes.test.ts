import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KeySet, tokenVerifier } from '#shared/identity/index.ts';
import { isWritError, ManualClock, SECOND } from '#shared/kernel/index.ts';
import { PROVIDERS, type Provider, type Shape } from './provider-shapes.ts';
import { NOW } from './test-issuer.ts';

const SECONDS = NOW / SECOND;
const TOKENS = process.env.WRIT_SOAK === undefined ? 10_000 : 100_000;

const own = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const jwk = {
  ...createPublicKey(own.privateKey).export({ format: 'jwk' }),
  kid: 'k1',
  alg: 'EdDSA',
  use: 'sig',
};

type Json = Readonly<Record<string, unknown>>;
interface Token {
  readonly header: Json;
  readonly claims: Json;
  readonly by: 'issuer' | 'stranger';
}

function written({ header, claims, by }: Token): string {
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const { privateKey } = by === 'issuer' ? own : stranger;
  return `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`;
}

/**
 * Whether a token may sign somebody in, said once more and apart from the verifier: by what RFC
 * 7515, 7519, 7800, 8417, 8693, 8725, 9068, 9449 and the documentation of the providers say of each
 * member.
 */
function maySignIn({ issuer, audience }: Provider, { header, claims, by }: Token): boolean {
  const has = (name: string) => name in claims;
  const text = (value: unknown) => typeof value === 'string' && value !== '';
  const { typ, alg, kid, crit, b64, cty } = header as Record<string, unknown>;
  const { iss, sub, aud, client_id, iat, exp, nbf } = claims as Record<string, unknown>;
  const signed = by === 'issuer' && alg === 'EdDSA' && kid === 'k1';
  const kind =
    typ === undefined || (typeof typ === 'string' && /^(application\/)?(at\+)?jwt$/i.test(typ));
  const plain =
    crit === undefined &&
    b64 === undefined &&
    !(text(cty) && /^(application\/)?jwt$/i.test(cty as string));

  const seconds = [iat, exp, ...(has('nbf') ? [nbf] : [])].every(
    (time) => typeof time === 'number' && Number.isFinite(time),
  );
  const [from, until, start] = [iat, exp, nbf ?? iat] as [number, number, number];

  const inTime =
    seconds &&
    from <= SECONDS + 60 &&
    start <= SECONDS + 60 &&
    until > SECONDS - 60 &&
    until > from &&
    until - from <= 900;

  const named = has('aud') ? [aud].flat() : [client_id];
  const forUs =
    named.includes(audience) && named.every(text) && (!has('client_id') || text(client_id));
  const about = typeof sub === 'string' && sub.length <= 255 && /^[\x20-\x7e]+$/.test(sub);
  const unbound = !has('cnf');
  const event = has('events');
  const delegated = has('act');
  const says = ['token_use', 'typ', 'tokenName', 'token_type', 'purpose'].map((name) =>
    String(claims[name] ?? '').replace(/[_ -]/g, ''),
  );
  const refreshes = says.some((word) =>
    /^(refresh(token)?|offline(token)?|logout(token)?|(authorization)?code|dpop|(initial|registration)accesstoken)$/i.test(
      word,
    ),
  );

  return (
    signed &&
    kind &&
    plain &&
    iss === issuer &&
    inTime &&
    forUs &&
    about &&
    unbound &&
    !event &&
    !delegated &&
    !refreshes
  );
}

const changed = (part: 'header' | 'claims', more: Json) => (token: Token) => ({
  ...token,
  [part]: { ...token[part], ...more },
});
const without =
  (...names: readonly string[]) =>
  (token: Token) => ({
    ...token,
    claims: Object.fromEntries(
      Object.entries(token.claims).filter(([name]) => !names.includes(name)),
    ),
  });
const claim = (name: string, ...values: readonly unknown[]) =>
  values.map((value) => changed('claims', { [name]: value }));
const member = (name: string, ...values: readonly unknown[]) =>
  values.map((value) => changed('header', { [name]: value }));

/**
 * Changes to a token, harmless ones among them, in groups of which each is as likely as any other.
 */
const groups: readonly (readonly ((token: Token) => Token)[])[] = [
  claim(
    'events',
    { 'http://schemas.openid.net/event/backchannel-logout': {} },
    {},
    [],
    null,
    false,
    'none',
  ),
  claim('cnf', { jkt: '0ZcOCORZNYy' }, { 'x5t#S256': 'bwcK0' }, { jwk: {} }, {}, null),
  claim('act', { sub: 'somebody' }, { sub: 'admin', act: { sub: 'x' } }, {}, null),
  claim('may_act', { sub: 'somebody' }, {}), // that somebody may act is not that they do
  [
    ...claim('nonce', 'n', 7),
    ...claim('at_hash', 'h'),
    ...claim('c_hash', 'h'),
    ...claim('s_hash', 'h'),
  ],
  claim('token_use', 'access', 'id', 'refresh', 'Refresh', 7, null),
  claim(
    'typ',
    'Bearer',
    'ID',
    'Refresh',
    'Offline',
    'Logout',
    'DPoP',
    'RegistrationAccessToken',
    'InitialAccessToken',
    'employee',
    'JWT',
    null,
  ),
  [
    ...claim('tokenName', 'access_token', 'refresh_token'),
    ...claim('token_type', 'Bearer', 'refresh_token'),
    ...claim('purpose', 'id_token', 'authorization_code', 'reading'),
  ],
  member(
    'typ',
    'JWT',
    'jwt',
    'at+jwt',
    'AT+JWT',
    'application/at+jwt',
    'application/jwt',
    undefined,
  ),
  member(
    'typ',
    'logout+jwt',
    'secevent+jwt',
    'dpop+jwt',
    'token-introspection+jwt',
    'vc+sd-jwt',
    'oauth-authz-req+jwt',
    'JOSE',
    '',
    ' JWT',
    1,
    null,
    ['JWT'],
  ),
  [...member('crit', ['exp'], ['b64'], [], 'exp', null), ...member('b64', false, true)],
  member('cty', 'JWT', 'application/jwt', 'jwt', 'application/json', 'text/plain'),
  [
    ...member('jku', 'https://attacker.example/keys'),
    ...member('jwk', jwk),
    ...member('x5c', ['MIIB']),
    ...member('zip', 'DEF'),
    ...member('nonce', 'n'),
  ],
  [
    ...member('alg', 'none', 'HS256', 'RS256', 'ES256', 'Ed25519', 'eddsa'),
    ...member('kid', 'k2', '', undefined, 7),
  ],
  [(token) => ({ ...token, by: 'stranger' })],
  claim('aud', 'other', ['other'], [], '', 7, null, ['other', 7], {}, [['x']]),
  [
    (token) =>
      changed('claims', {
        aud: [token.claims.aud ?? token.claims.client_id, 'https://other.example'].flat(),
      })(token),
  ],
  [
    without('aud'),
    without('aud', 'client_id'),
    without('client_id'),
    ...claim('client_id', 'other', '', 7),
  ],
  claim('azp', 'another-client', '', 7, null),
  claim('iss', 'https://attacker.example', '', undefined, 7, ['x']),
  [
    (token) => changed('claims', { iss: `${token.claims.iss}/` })(token),
    (token) => changed('claims', { iss: String(token.claims.iss).toUpperCase() })(token),
  ],
  claim(
    'exp',
    SECONDS - 61,
    SECONDS - 60,
    SECONDS - 59,
    SECONDS + 869,
    SECONDS + 871,
    SECONDS + 3_600,
    0,
    '9999999999',
    null,
    undefined,
    1e300,
  ),
  claim(
    'iat',
    SECONDS + 60,
    SECONDS + 61,
    SECONDS - 300,
    SECONDS - 301,
    SECONDS - 86_400,
    0.5,
    '1',
    null,
    undefined,
  ),
  claim('nbf', SECONDS + 60, SECONDS + 61, SECONDS, 0, 'soon', null),
  claim('sub', 'bob', '', 'x'.repeat(255), 'x'.repeat(256), 'zoë', 'a\nb', 7, null, undefined, [
    'bob',
  ]),
  [
    ...claim('sid', 's', '', 7, null),
    ...claim('jti', 'j', '', {}),
    ...claim('amr', ['mfa'], 'mfa', null),
    ...claim('auth_time', 'never', 0),
  ],
  [
    ...claim('groups', ['Admin']),
    ...claim('roles', 'Admin'),
    ...claim('scope', 'all', ''),
    ...claim('idtyp', 'app'),
    ...claim('vct', 'x'),
    ...claim('event', {}),
  ],
];

const from = <T>(items: readonly T[]) => fc.constantFrom(...items);
const shapes = PROVIDERS.flatMap((provider) =>
  Object.entries(provider.tokens).map(([kind, shape]) => ({ provider, kind, shape })),
);
const tokenOf = ({ issuer }: Provider, { header, claims }: Shape): Token => ({
  header: { alg: 'EdDSA', kid: 'k1', ...header },
  claims: { iss: issuer, ...claims },
  by: 'issuer',
});

/** JSON leaves out what is undefined, and so do claims that were taken away. */
const asSent = (token: Token): Token => ({
  ...token,
  ...JSON.parse(JSON.stringify({ header: token.header, claims: token.claims })),
});

const verifiers = new Map(
  PROVIDERS.map(({ name, issuer, audience }) => [
    name,
    tokenVerifier({
      issuer,
      audience: [audience],
      keys: { read: async () => ({ keys: [jwk] }) as KeySet },
      clock: new ManualClock(NOW),
    }),
  ]),
);

async function isTaken({ name }: Provider, token: Token): Promise<boolean> {
  try {
    await verifiers.get(name)?.verify(written(token));
    return true;
  } catch (error) {
    if (isWritError(error, 'identity.token')) return false;
    throw error;
  }
}

describe('tokens as providers shape them', () => {
  it.each(
    shapes.map(({ provider, kind, shape }) => [provider.name, kind, provider, shape] as const),
  )('are taken: of %s, %s', async (_name, _kind, provider, shape) => {
    const token = tokenOf(provider, shape);
    expect([maySignIn(provider, asSent(token)), await isTaken(provider, token)]).toEqual([
      true,
      true,
    ]);
  });

  it(`are judged as the standards have it, ${TOKENS} of them with changes`, async () => {
    const drawn = fc.record({
      shape: from(shapes),
      changes: fc.array(from(groups).chain(from), { minLength: 0, maxLength: 2 }),
    });

    const counted = { taken: 0, refused: 0 };

    for (const { shape, changes } of fc.sample(drawn, { numRuns: TOKENS, seed: 8_417 })) {
      const token = asSent(
        changes.reduce((one, change) => change(one), tokenOf(shape.provider, shape.shape)),
      );
      const [expected, taken] = [
        maySignIn(shape.provider, token),
        await isTaken(shape.provider, token),
      ];

      if (expected !== taken)
        expect({ provider: shape.provider.name, taken, ...token }).toEqual({ taken: expected });

      counted[taken ? 'taken' : 'refused']++;
    }

    expect(Math.min(counted.taken, counted.refused)).toBeGreaterThan(TOKENS / 5);
  });
});
