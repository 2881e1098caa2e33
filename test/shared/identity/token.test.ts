import { createHmac, type webcrypto } from 'node:crypto';
import fc from 'fast-check';
import { exportJWK, exportSPKI, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  type IssuerKeys,
  type KeySet,
  sessionName,
  type TokenFault,
  tokenVerifier,
} from '#shared/identity/index.ts';
import { DefectError, HOUR, ManualClock, MINUTE, SECOND } from '#shared/kernel/index.ts';
import { NOW, type TestIssuer, testIssuer } from './test-issuer.ts';

const SECONDS = NOW / SECOND;
const HEADER = { alg: 'ES256', kid: 'key-1', typ: 'at+jwt' };
const CLAIMS = {
  iss: 'https://login.example.com',
  aud: 'api',
  sub: 'alice',
  iat: SECONDS - 10,
  exp: SECONDS + 600,
};

function verifierOf(
  issuer: TestIssuer,
  given: { readonly keys?: IssuerKeys; readonly audience?: readonly string[] } = {},
) {
  const clock = new ManualClock(NOW);
  const { keys = { read: () => issuer.published() }, audience = ['api'] } = given;
  return { clock, ...tokenVerifier({ issuer: issuer.issuer, audience, keys, clock }) };
}

const encoded = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const partsOf = (token: string) => token.split('.') as [string, string, string];

/** Every refusal says the same to whoever sent the token, and `why` to who counts. */
const refusal = (why: TokenFault) => ({
  code: 'identity.token',
  fate: 'refuse',
  message: 'the token is not one that identifies a person here',
  facts: { why },
});

describe('a token', () => {
  it('tells who signed in, when, and by which means, and nothing else that it claims', async () => {
    const issuer = await testIssuer();

    const token = await issuer.sign({
      amr: ['pwd', 'mfa'],
      groups: ['Admin'],
      roles: ['Admin'],
      name: 'Alice',
      nbf: SECONDS,
    });

    expect(await verifierOf(issuer).verify(token)).toEqual({
      issuer: issuer.issuer,
      subject: 'alice',
      issuedAt: NOW - 10_000,
      session: sessionName(issuer.issuer, 'sid:session-1'),
      methods: ['mfa', 'pwd'],
    });
  });

  it.each([
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
  ])('may be signed by %s', async (alg) => {
    const issuer = await testIssuer(alg);
    expect(await verifierOf(issuer).verify(await issuer.sign())).toMatchObject({
      subject: 'alice',
    });
  });

  it('may be for more than one, or name its client where it names no audience', async () => {
    const issuer = await testIssuer();
    const { verify } = verifierOf(issuer, { audience: ['web', 'api'] });

    for (const claims of [
      { aud: ['other', 'api'] },
      { aud: 'web' },
      { aud: undefined, client_id: 'web' },
    ]) {
      expect(await verify(await issuer.sign(claims))).toMatchObject({ subject: 'alice' });
    }
  });

  it('belongs to the session that the issuer names, else to its own id, else to itself alone', async () => {
    const issuer = await testIssuer();
    const { verify } = verifierOf(issuer);
    const sessionOf = async (token: Promise<string>) => (await verify(await token)).session;
    const refreshed = await sessionOf(issuer.sign({ sid: 's', jti: 'b', iat: SECONDS }));

    expect(await sessionOf(issuer.sign({ sid: 's', jti: 'a' }))).toBe(refreshed);
    expect(await sessionOf(issuer.sign({ sid: undefined, jti: 's' }))).not.toBe(refreshed);

    const token = await issuer.sign({ sid: undefined });

    expect(await sessionOf(Promise.resolve(token))).toBe(await sessionOf(Promise.resolve(token)));
    expect(await sessionOf(Promise.resolve(token))).not.toBe(
      await sessionOf(issuer.sign({ sid: undefined })),
    );
    expect(refreshed).toMatch(/^[\w-]{22}$/);
  });

  it('says of means only the words there are for them, each once and in one order', async () => {
    const issuer = await testIssuer();
    const { verify } = verifierOf(issuer);
    const methods = async (amr: unknown) => (await verify(await issuer.sign({ amr }))).methods;

    expect(
      await methods([
        'pwd',
        7,
        'two words',
        'PWD',
        'jane.doe',
        '',
        'mfa',
        'otp',
        'pwd',
        ['sms'],
        null,
      ]),
    ).toEqual(['mfa', 'otp', 'pwd']);

    for (const amr of ['pwd', undefined, {}, null, { 0: 'pwd' }])
      expect(await methods(amr)).toEqual([]);

    const all =
      'wia vbm user tel swk sms sc retina rba pwd pop pin otp mfa mca kba iris hwk geo fpt face'.split(
        ' ',
      );

    expect(await methods([...all, ...all])).toEqual([...all].sort());
  });

  it.each<[string, TokenFault, Readonly<Record<string, unknown>>]>([
    ['of another issuer', 'issuer', { iss: 'https://login.example.com/' }],
    ['of no issuer', 'issuer', { iss: undefined }],
    ['of a list of issuers', 'issuer', { iss: ['https://login.example.com'] }],
    ['for another audience', 'audience', { aud: 'other' }],
    ['for an audience that begins alike', 'audience', { aud: ['api2', 'ap'] }],
    ['for no audience and no client', 'audience', { aud: undefined }],
    [
      'for another audience, by a client of that name',
      'audience',
      { aud: 'other', client_id: 'api' },
    ],
    ['for nobody', 'audience', { aud: [] }],
    ['for a number', 'form', { aud: 1 }],
    ['that has expired', 'expired', { iat: SECONDS - 700, exp: SECONDS - 60 }],
    ['without an end', 'form', { exp: undefined }],
    ['without a beginning', 'form', { iat: undefined }],
    ['whose end is text', 'form', { exp: `${SECONDS + 600}` }],
    ['whose beginning is text', 'form', { iat: `${SECONDS}` }],
    ['not in force yet', 'early', { nbf: SECONDS + 61 }],
    ['from the future', 'early', { iat: SECONDS + 61, exp: SECONDS + 600 }],
    ['of more than fifteen minutes', 'life', { iat: SECONDS, exp: SECONDS + 901 }],
    ['of a day', 'life', { iat: SECONDS - 43_200, exp: SECONDS + 43_200 }],
    ['that ends before it begins', 'life', { iat: SECONDS, exp: SECONDS - 1 }],
    ['about nobody', 'subject', { sub: undefined }],
    ['about an empty subject', 'subject', { sub: '' }],
    ['about a subject that is too long', 'subject', { sub: 'x'.repeat(256) }],
    ['about a subject with a line in it', 'subject', { sub: 'alice\nbob' }],
    ['about a subject with a NUL', 'subject', { sub: 'alice\0' }],
    ['about a subject with letters that look alike', 'subject', { sub: 'аlice' }],
    ['about a number', 'subject', { sub: 7 }],
  ])('is refused: one %s', async (_, why, claims) => {
    const issuer = await testIssuer();
    await expect(verifierOf(issuer).verify(await issuer.sign(claims))).rejects.toMatchObject(
      refusal(why),
    );
  });

  it('is taken up to a minute beside its time, for clocks that differ, and no further', async () => {
    const issuer = await testIssuer();
    const { verify, clock } = verifierOf(issuer);
    const token = await issuer.sign({ iat: SECONDS, nbf: SECONDS, exp: SECONDS + 900 });

    for (const [at, why] of [
      [-61 * SECOND, 'early'],
      [-60 * SECOND, undefined],
      [15 * MINUTE + 59 * SECOND, undefined],
      [15 * MINUTE + 60 * SECOND, 'expired'],
    ] as const) {
      clock.advance(NOW + at - clock.now());
      const judged = verify(token);
      if (why === undefined) expect(await judged).toMatchObject({ subject: 'alice' });
      else await expect(judged).rejects.toMatchObject(refusal(why));
    }
  });
});

describe('a forged token', () => {
  it('is refused when it says that it needs no signature', async () => {
    const issuer = await testIssuer();
    const { verify } = verifierOf(issuer);
    const [, payload, signature] = partsOf(await issuer.sign());

    for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
      const header = encoded({ ...HEADER, alg });
      await expect(verify(`${header}.${payload}.`)).rejects.toMatchObject(refusal('form'));
      await expect(verify(`${header}.${payload}.${signature}`)).rejects.toMatchObject(
        refusal('algorithm'),
      );
    }
  });

  it.each(['ES256', 'RS256', 'EdDSA'])(
    'is refused when it is signed with the public key of %s as a secret',
    async (alg) => {
      const issuer = await testIssuer(alg);
      const { verify } = verifierOf(issuer);
      const [jwk] = (await issuer.published()).keys as [JWK];
      const pem = await exportSPKI(
        (await importJWK(jwk, alg, { extractable: true })) as webcrypto.CryptoKey,
      );

      for (const secret of [pem, pem.trim(), JSON.stringify(jwk), jwk.n ?? jwk.x ?? '']) {
        const text = `${encoded({ ...HEADER, alg: 'HS256' })}.${encoded(CLAIMS)}`;
        const token = `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
        await expect(verify(token)).rejects.toMatchObject(refusal('algorithm'));
      }
    },
  );

  it('is refused whatever key it brings or points to', async () => {
    const issuer = await testIssuer();
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'ES256' };
    const { verify } = verifierOf(issuer);

    for (const header of [
      { jwk },
      { jku: 'https://attacker.example/keys' },
      { x5u: 'https://attacker.example/cert' },
      { x5c: ['MIIB'] },
    ]) {
      const token = await new SignJWT(CLAIMS)
        .setProtectedHeader({ ...HEADER, ...header })
        .sign(privateKey);
      await expect(verify(token)).rejects.toMatchObject(refusal('signature'));
    }
  });

  it('is refused with a key of nobody, of no id, or of an id that is no text', async () => {
    const issuer = await testIssuer();
    const { verify } = verifierOf(issuer);

    await expect(verify(await issuer.sign({}, { kid: 'key-9' }))).rejects.toMatchObject(
      refusal('key'),
    );

    for (const kid of [undefined, '', 7, null, ['key-1'], 'x'.repeat(257)])
      await expect(
        verify(issuer.signText(JSON.stringify({ ...HEADER, kid }), JSON.stringify(CLAIMS))),
      ).rejects.toMatchObject(refusal('key'));
  });

  it('is refused under another algorithm than its key is for', async () => {
    const issuer = await testIssuer('RS256');
    const [, payload, signature] = partsOf(await issuer.sign());
    const { verify } = verifierOf(issuer);

    for (const alg of ['RS512', 'PS256', 'ES256', 'EdDSA'])
      await expect(
        verify(`${encoded({ ...HEADER, alg })}.${payload}.${signature}`),
      ).rejects.toMatchObject(refusal('key'));

    for (const alg of ['RS1', 'ES256K', 'rs256', 'RSA-OAEP', 'dir', '', 256])
      await expect(
        verify(`${encoded({ ...HEADER, alg })}.${payload}.${signature}`),
      ).rejects.toMatchObject(refusal('algorithm'));
  });

  it.each([
    ['something critical', { crit: ['exp'], exp: 1 }],
    ['an unencoded payload', { crit: ['b64'], b64: false }],
    ['no critical thing, as a list', { crit: [] }],
    ['a payload that is encoded, said needlessly', { b64: true }],
    ['another kind: a logout', { typ: 'logout+jwt' }],
    ['another kind: a proof of a key', { typ: 'dpop+jwt' }],
    ['a kind that is no text', { typ: 1 }],
  ])('is refused when its header has %s, though the issuer signed it', async (_, header) => {
    const issuer = await testIssuer();
    const token = issuer.signText(JSON.stringify({ ...HEADER, ...header }), JSON.stringify(CLAIMS));
    await expect(verifierOf(issuer).verify(token)).rejects.toMatchObject(refusal('form'));
  });

  it('is refused when a member stands twice, which two readers may read differently, though the issuer signed it', async () => {
    const issuer = await testIssuer();
    const { verify } = verifierOf(issuer);
    const [header, claims] = [JSON.stringify(HEADER), JSON.stringify(CLAIMS)];
    expect(await verify(issuer.signText(header, claims))).toMatchObject({ subject: 'alice' });

    expect(
      await verify(
        issuer.signText(header, claims.replace('{', '{"a\\"b:c":["x:y",{"d":":"}],"sub2":{},')),
      ),
    ).toMatchObject({
      subject: 'alice',
    });

    for (const [first, second] of [
      [header, claims.replace('{', '{"sub":"bob",')],
      [header, claims.replace('{', '{"s\\u0075b":"bob",')],
      [header, claims.replace('{', '{"more":[{"a":1,"a":2}],')],
      [header, claims.replace('{', '{"__proto__":1,"__proto__":2,')],
      [header.replace('{', '{"kid":"key-1",'), claims],
    ] as const)
      await expect(verify(issuer.signText(first, second))).rejects.toMatchObject(refusal('form'));
  });

  it('is refused when what is signed is no object', async () => {
    const issuer = await testIssuer();
    const { verify } = verifierOf(issuer);

    for (const payload of ['null', '[]', '"alice"', '1', '', '{', '{}x', 'ÿ'])
      await expect(verify(issuer.signText(JSON.stringify(HEADER), payload))).rejects.toMatchObject(
        refusal('form'),
      );

    const deep = `{"a":${'['.repeat(2_500)}${']'.repeat(2_500)},"a":1}`;

    await expect(verify(issuer.signText(JSON.stringify(HEADER), deep))).rejects.toMatchObject(
      refusal('form'),
    );

    const notUtf8 = Buffer.concat([
      Buffer.from('{"sub":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]).toString('latin1');

    await expect(verify(issuer.signText(JSON.stringify(HEADER), notUtf8))).rejects.toMatchObject({
      code: 'identity.token',
    });
  });

  it('is refused when it is garbage, or longer than 8 KiB', async () => {
    const issuer = await testIssuer();
    const { verify } = verifierOf(issuer);
    const good = await issuer.sign();
    const [header, payload, signature] = partsOf(good);

    for (const token of [
      '',
      '.',
      '..',
      '...',
      'Bearer',
      `Bearer ${good}`,
      ` ${good}`,
      `${good}\n`,
      `${good}.`,
      `.${good}`,
      `${header}.${payload}`,
      `${header}..${signature}`,
      `${header}.${payload}.${signature}=`,
      `${header}.${payload}.${signature}.${signature}`,
      `${header}.${payload}.${'é'.repeat(86)}`,
      '😀.😀.😀',
      '\0'.repeat(100),
      JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
      `${header}.${payload}.${signature}.a.b`,
    ])
      await expect(verify(token)).rejects.toMatchObject(refusal('form'));

    await expect(verify(await issuer.sign({ more: 'x'.repeat(6_000) }))).rejects.toMatchObject(
      refusal('form'),
    );
    expect(await verify(await issuer.sign({ more: 'x'.repeat(5_000) }))).toMatchObject({
      subject: 'alice',
    });
  });

  it.each(['ES256', 'EdDSA', 'RS256'])(
    'is refused when any one character of a good one is another: %s',
    async (alg) => {
      const issuer = await testIssuer(alg);
      const { verify } = verifierOf(issuer);
      const good = await issuer.sign();

      await verify(good);

      const character = fc.constantFrom(
        ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0é',
      );

      await fc.assert(
        fc.asyncProperty(fc.nat(good.length - 1), character, async (at, other) => {
          fc.pre(good[at] !== other);
          await expect(
            verify(good.slice(0, at) + other + good.slice(at + 1)),
          ).rejects.toMatchObject({ code: 'identity.token' });
        }),
        { numRuns: 300, seed: 1 },
      );

      // the last character has bits that mean nothing, which a lenient reader would pass over
      for (const other of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
        if (other !== good.at(-1))
          await expect(verify(good.slice(0, -1) + other)).rejects.toMatchObject({
            code: 'identity.token',
          });
      }
    },
  );
});

describe("the issuer's keys", () => {
  /** Keys that can be counted, and taken away. */
  async function counted(issuer?: TestIssuer) {
    const by = issuer ?? (await testIssuer());
    const state = { reads: 0, down: false };

    const keys: IssuerKeys = {
      async read() {
        state.reads++;
        if (state.down) throw new DefectError('down');
        return by.published();
      },
    };

    return { issuer: by, state, ...verifierOf(by, { keys }) };
  }

  it('are read once for many tokens, also at once, and again after ten minutes', async () => {
    const { issuer, state, verify, clock } = await counted();
    const token = await issuer.sign();

    await Promise.all(Array.from({ length: 20 }, () => verify(token)));
    await verify(token);
    clock.advance(10 * MINUTE - 1);
    await verify(token);
    expect(state.reads).toBe(1);
    clock.advance(1);
    await verify(token);
    expect(state.reads).toBe(2);
  });

  it('are read at once when a token names one that is new, so that an issuer can change them in mid-use', async () => {
    const { issuer, state, verify, clock } = await counted();
    const old = await issuer.sign();

    await verify(old);
    await issuer.rotate(true);
    clock.advance(MINUTE);
    expect(await verify(await issuer.sign())).toMatchObject({ subject: 'alice' });
    expect(await verify(old)).toMatchObject({ subject: 'alice' });
    expect(state.reads).toBe(2);
  });

  it('that were taken back count for ten minutes at most', async () => {
    const { issuer, verify, clock } = await counted();
    const old = await issuer.sign({ iat: SECONDS, exp: SECONDS + 900 });

    await verify(old);
    await issuer.rotate();
    clock.advance(10 * MINUTE - 1);
    expect(await verify(old)).toMatchObject({ subject: 'alice' });
    clock.advance(1);
    await expect(verify(old)).rejects.toMatchObject(refusal('key'));
  });

  it('are asked for at most once a minute, however many names of keys strangers make up', async () => {
    const { issuer, state, verify, clock } = await counted();
    await verify(await issuer.sign());

    const made = await Promise.all(
      Array.from({ length: 50 }, (_, i) => issuer.sign({}, { kid: `made-up-${i}` })),
    );

    for (let minute = 0; minute < 3; minute++) {
      clock.advance(MINUTE);
      for (const token of made) await expect(verify(token)).rejects.toMatchObject(refusal('key'));
    }

    expect(state.reads).toBe(4);
  });

  it('go on counting for an hour while the issuer cannot be reached, and it is asked once a minute', async () => {
    const { issuer, state, verify, clock } = await counted();
    const later = (minutes: number) =>
      issuer.sign({ iat: SECONDS + minutes * 60, exp: SECONDS + minutes * 60 + 600 });

    await verify(await later(0));
    state.down = true;
    clock.advance(59 * MINUTE);
    expect(await verify(await later(59))).toMatchObject({ subject: 'alice' });
    expect(await verify(await later(59))).toMatchObject({ subject: 'alice' });
    expect(state.reads).toBe(2);
    await expect(verify(await issuer.sign({}, { kid: 'new' }))).rejects.toMatchObject({
      code: 'identity.unavailable',
      fate: 'retry',
    });

    clock.advance(HOUR - 59 * MINUTE);
    await expect(verify(await later(60))).rejects.toMatchObject({
      code: 'identity.unavailable',
      fate: 'retry',
    });

    state.down = false;
    clock.advance(MINUTE);
    expect(await verify(await later(61))).toMatchObject({ subject: 'alice' });
  });

  it('that were never had refuse nobody: the request may be repeated, and the issuer is not flooded', async () => {
    const { issuer, state, verify, clock } = await counted();

    state.down = true;

    const token = await issuer.sign();
    for (let i = 0; i < 20; i++)
      await expect(verify(token)).rejects.toMatchObject({ code: 'identity.unavailable' });

    expect(state.reads).toBe(1);
    state.down = false;
    clock.advance(5 * SECOND);
    expect(await verify(token)).toMatchObject({ subject: 'alice' });
  });

  it('are found among a hundred, and a key that is no fit does no harm', async () => {
    const issuer = await testIssuer();
    const [own] = (await issuer.published()).keys as [Record<string, unknown>];
    const others = Array.from({ length: 98 }, (_, i) => ({ ...own, kid: `other-${i}` }));
    const strange = { kty: 'RSA', kid: 'key-1', n: 'AQAB', e: 'AQAB' };
    const set: KeySet = { keys: [...others, strange, own] };
    const { verify } = verifierOf(issuer, { keys: { read: async () => set } });
    expect(await verify(await issuer.sign())).toMatchObject({ subject: 'alice' });
  });

  it('under one id are tried until one fits, and none that another key signed is taken', async () => {
    const [issuer, other] = [
      await testIssuer(),
      await testIssuer('ES256', 'https://other.example.com'),
    ];

    const [[own], [another]] = [
      (await issuer.published()).keys,
      (await other.published()).keys,
    ] as [[object], [object]];

    const broken = { ...own, x: 'AQ' };

    for (const keys of [
      [own, own],
      [another, own],
      [own, another],
      [broken, own],
      [own, broken, another],
    ]) {
      const { verify } = verifierOf(issuer, {
        keys: { read: async () => ({ keys: keys as KeySet['keys'] }) },
      });

      expect(await verify(await issuer.sign())).toMatchObject({ subject: 'alice' });
      await expect(
        verify(await issuer.sign({ exp: SECONDS - 600, iat: SECONDS - 900 })),
      ).rejects.toMatchObject(refusal('expired'));
    }

    const { verify } = verifierOf(issuer, {
      keys: { read: async () => ({ keys: [another, broken, another] as KeySet['keys'] }) },
    });

    await expect(verify(await issuer.sign())).rejects.toMatchObject(refusal('signature'));
  });

  it.each<[string, (own: Record<string, unknown>) => readonly Record<string, unknown>[]]>([
    ['one for encryption', (own) => [{ ...own, use: 'enc' }]],
    ['one for another operation', (own) => [{ ...own, key_ops: ['encrypt'] }]],
    ['one for another algorithm', (own) => [{ ...own, alg: 'ES384' }]],
    ['one of another curve', (own) => [{ ...own, crv: 'P-384' }]],
  ])('check nothing when it is meant for something else: %s', async (_, keysOf) => {
    const issuer = await testIssuer();
    const [own] = (await issuer.published()).keys as [Record<string, unknown>];
    const { verify } = verifierOf(issuer, { keys: { read: async () => ({ keys: keysOf(own) }) } });
    await expect(verify(await issuer.sign())).rejects.toMatchObject(refusal('key'));
  });

  it('of RSA have 2,048 bits at least', async () => {
    const { publicKey, privateKey } = (await crypto.subtle.generateKey(
      {
        name: 'RSASSA-PKCS1-v1_5',
        modulusLength: 1_024,
        publicExponent: new Uint8Array([1, 0, 1]),
        hash: 'SHA-256',
      },
      true,
      ['sign', 'verify'],
    )) as webcrypto.CryptoKeyPair;

    const text = `${encoded({ alg: 'RS256', kid: 'weak' })}.${encoded(CLAIMS)}`;
    const signature = Buffer.from(
      await crypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey, Buffer.from(text)),
    ).toString('base64url');
    const keys = {
      read: async () => ({ keys: [{ ...(await exportJWK(publicKey)), kid: 'weak' }] }),
    };

    await expect(
      verifierOf(await testIssuer('RS256'), { keys }).verify(`${text}.${signature}`),
    ).rejects.toMatchObject(refusal('key'));
  });
});
