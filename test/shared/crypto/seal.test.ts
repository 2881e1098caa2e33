import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DocumentKey,
  deriveDocumentKey,
  fromBase64Url,
  keyIdOf,
  openValue,
  openWithRevealedKey,
  type SealContext,
  sealValue,
  toBase64Url,
} from '#shared/crypto/index.ts';
import { SEALED_CLASSES, seededRandom } from '#shared/kernel/index.ts';

const PLACE: SealContext = {
  workspace: 'acme',
  subject: 'k3v9x0m2',
  class: 'financial',
  owner: 'fields#invoice-approval#acme#financial#r1',
};
const DATA_KEY = seededRandom('data key').bytes(32);
const KEY = deriveDocumentKey(DATA_KEY, PLACE);
const EK = KEY.ek.export();
const VALUE = '"DE89370400440532013000"';

const broken = expect.objectContaining({ code: 'seal.broken', fate: 'refuse' });
const sealed = (seed: string, key: DocumentKey = KEY, field = 'iban', value = VALUE) =>
  sealValue(key, field, value, seededRandom(seed));

const place = fc.record({
  workspace: fc.string({ unit: 'grapheme', maxLength: 32 }),
  subject: fc.string({ maxLength: 26 }),
  class: fc.constantFrom(...SEALED_CLASSES),
  owner: fc.string({ unit: 'grapheme', maxLength: 60 }),
});

describe('a sealed value', () => {
  it('opens to what was sealed', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        place,
        fc.string({ maxLength: 32 }),
        fc.json(),
        fc.string(),
        (dataKey, at, field, value, seed) => {
          const key = deriveDocumentKey(dataKey, at);
          const envelope = sealValue(key, field, value, seededRandom(seed));
          expect(openValue(deriveDocumentKey(dataKey, at), key.kc, field, envelope)).toBe(value);
          expect(
            openWithRevealedKey(key.ek.export(), { kc: key.kc, place: at, field, envelope }),
          ).toBe(value);
        },
      ),
    );
  });

  it('has exactly 37 bytes more than the value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        expect(fromBase64Url(sealed('x', KEY, 'iban', value)).length).toBe(
          Buffer.byteLength(value) + 37,
        );
      }),
    );
  });

  it('names the key it was sealed with by the first 8 bytes of its commitment', () => {
    const bytes = fromBase64Url(sealed('x'));
    expect(bytes[0]).toBe(1);
    expect(toBase64Url(bytes.subarray(1, 9))).toBe(keyIdOf(KEY.kc));
    expect(keyIdOf(KEY.kc)).toBe(toBase64Url(KEY.kc.subarray(0, 8)));
  });

  it('looks different every time the same value is sealed', () => {
    const random = seededRandom('x');
    const envelopes = new Set(
      Array.from({ length: 100 }, () => sealValue(KEY, 'iban', VALUE, random)),
    );
    expect(envelopes.size).toBe(100);
  });

  it('does not open when any one bit of the envelope is flipped', () => {
    const envelope = fromBase64Url(sealed('x'));
    for (let bit = 0; bit < envelope.length * 8; bit++) {
      const bent = Buffer.from(envelope);
      bent[bit >> 3] = (bent[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => openValue(KEY, KEY.kc, 'iban', toBase64Url(bent))).toThrow(broken);
    }
  });

  it('does not open when any one bit of the commitment is flipped', () => {
    const envelope = sealed('x');
    for (let bit = 0; bit < 256; bit++) {
      const kc = Uint8Array.from(KEY.kc);
      kc[bit >> 3] = (kc[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => openValue(KEY, kc, 'iban', envelope)).toThrow(broken);
      expect(() => openWithRevealedKey(EK, { kc, place: PLACE, field: 'iban', envelope })).toThrow(
        broken,
      );
    }
  });

  it('does not open with a commitment of another length', () => {
    for (const length of [0, 8, 31, 33])
      expect(() => openValue(KEY, Buffer.alloc(length, KEY.kc), 'iban', sealed('x'))).toThrow(
        broken,
      );
  });

  it('does not open when it was cut short anywhere, or goes on', () => {
    const envelope = fromBase64Url(sealed('x'));
    for (let length = 0; length < envelope.length; length++) {
      expect(
        () => openValue(KEY, KEY.kc, 'iban', toBase64Url(envelope.subarray(0, length))),
        `cut to ${length} bytes`,
      ).toThrow(broken);
    }

    expect(() =>
      openValue(KEY, KEY.kc, 'iban', toBase64Url(Buffer.concat([envelope, Buffer.alloc(1)]))),
    ).toThrow(broken);
  });

  it.each<[string, Partial<SealContext>]>([
    ['workspace', { workspace: 'acmf' }],
    ['class', { class: 'personal' }],
    ['subject', { subject: 'k3v9x0m3' }],
    ['document', { owner: 'fields#invoice-approval#acme#financial#r2' }],
  ])('does not open in another %s, even with the same data key', (_, other) => {
    const elsewhere = { ...PLACE, ...other };
    const key = deriveDocumentKey(DATA_KEY, elsewhere);
    expect(() => openValue(key, KEY.kc, 'iban', sealed('x'))).toThrow(broken);
    expect(() => openValue(key, key.kc, 'iban', sealed('x'))).toThrow(broken);
    expect(() =>
      openWithRevealedKey(EK, {
        kc: KEY.kc,
        place: elsewhere,
        field: 'iban',
        envelope: sealed('x'),
      }),
    ).toThrow(broken);
  });

  it('does not open as another field', () => {
    expect(() => openValue(KEY, KEY.kc, 'ibam', sealed('x'))).toThrow(broken);
  });

  it('does not open when the same letters are cut into other names', () => {
    const shifted = { ...PLACE, workspace: 'acm', subject: `e${PLACE.subject}` };
    expect(() =>
      openWithRevealedKey(EK, { kc: KEY.kc, place: shifted, field: 'iban', envelope: sealed('x') }),
    ).toThrow(broken);
  });

  it('has one spelling: another text of the same bytes is refused', () => {
    const envelope = sealed('x', KEY, 'iban', '12'); // 39 bytes: no bits to spare
    // 38 bytes: the last character has two bits to spare
    const loose = sealed('x', KEY, 'iban', '1');
    const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const next = ALPHABET[ALPHABET.indexOf(loose.at(-1) as string) + 1] as string;
    const standard = toBase64Url(fromBase64Url(envelope)).replace(/-/g, '+').replace(/_/g, '/');

    const spellings = [
      `${envelope}=`,
      `${envelope}\n`,
      ` ${envelope}`,
      `${envelope.slice(0, 5)}!${envelope.slice(5)}`,
    ];

    for (const other of spellings) {
      expect(fromBase64Url(other).equals(fromBase64Url(envelope))).toBe(true);
      expect(() => openValue(KEY, KEY.kc, 'iban', other)).toThrow(broken);
    }

    if (standard !== envelope)
      expect(() => openValue(KEY, KEY.kc, 'iban', standard)).toThrow(broken);

    expect(fromBase64Url(loose.slice(0, -1) + next).equals(fromBase64Url(loose))).toBe(true);
    expect(() => openValue(KEY, KEY.kc, 'iban', loose.slice(0, -1) + next)).toThrow(broken);
  });

  it('says the place in its error, never the value', () => {
    expect(() => openValue(KEY, KEY.kc, 'bic', sealed('x'))).toThrow(
      `the sealed value of field "bic" in ${PLACE.owner} does not open: altered, moved, or sealed under another key`,
    );
  });

  it('stays closed to whoever was shown the key of another document', () => {
    const other = { ...PLACE, owner: 'fields#invoice-approval#acme#financial#r2' };
    const otherKey = deriveDocumentKey(DATA_KEY, other);

    expect(() =>
      openWithRevealedKey(otherKey.ek, {
        kc: KEY.kc,
        place: PLACE,
        field: 'iban',
        envelope: sealed('x'),
      }),
    ).toThrow(broken);
    expect(() =>
      openWithRevealedKey(otherKey.ek, {
        kc: otherKey.kc,
        place: PLACE,
        field: 'iban',
        envelope: sealed('x'),
      }),
    ).toThrow(broken);
  });
});

/** Multiplication in the field of GHASH. @see NIST SP 800-38D, section 6.3 */
function times(x: bigint, y: bigint): bigint {
  let product = 0n;
  let v = y;
  for (let i = 127n; i >= 0n; i--) {
    if ((x >> i) & 1n) product ^= v;
    v = v & 1n ? (v >> 1n) ^ (0xe1n << 120n) : v >> 1n;
  }
  return product;
}

function inverse(x: bigint): bigint {
  let result = 1n << 127n; // one, in the bit order of GHASH
  let power = x;
  for (let i = 0; i < 127; i++) {
    power = times(power, power);
    result = times(result, power);
  }
  return result;
}

const toNumber = (block: Uint8Array) => BigInt(`0x${Buffer.from(block).toString('hex')}`);
const toBlock = (n: bigint) => Buffer.from(n.toString(16).padStart(32, '0'), 'hex');
const pad = (data: Uint8Array) =>
  Buffer.concat([data, Buffer.alloc((16 - (data.length % 16)) % 16)]);
const ecb = (key: Uint8Array, block: Uint8Array) =>
  createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block);

/** One ciphertext with one tag that bare AES-GCM opens under both keys, to two plaintexts. */
function twoFaced(
  first: Uint8Array,
  second: Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
  blocks: Uint8Array,
): Buffer {
  const lengths = Buffer.alloc(16);

  lengths.writeUInt32BE(aad.length * 8, 4);
  lengths.writeUInt32BE((blocks.length + 16) * 8, 12);

  const hashed = Buffer.concat([pad(aad), blocks, Buffer.alloc(16), lengths]);

  const half = (key: Uint8Array) => {
    const h = toNumber(ecb(key, Buffer.alloc(16)));
    let sum = 0n;

    for (let at = 0; at < hashed.length; at += 16)
      sum = times(sum ^ toNumber(hashed.subarray(at, at + 16)), h);

    return {
      square: times(h, h),
      tag: sum ^ toNumber(ecb(key, Buffer.concat([iv, Buffer.from([0, 0, 0, 1])]))),
    };
  };

  const [a, b] = [half(first), half(second)];
  const last = times(a.tag ^ b.tag, inverse(a.square ^ b.square));

  return Buffer.concat([blocks, toBlock(last), toBlock(a.tag ^ times(last, a.square))]);
}

/** AAD of section 4 of the format, written out. */
function aadOf(at: SealContext, field: string): Buffer {
  return Buffer.concat(
    [at.workspace, at.subject, at.class, at.owner, field].map((part) =>
      Buffer.concat([Buffer.from([part.length >> 8, part.length & 255]), Buffer.from(part)]),
    ),
  );
}

describe('an envelope made to open under two keys', () => {
  const iv = seededRandom('iv').bytes(12);
  const second = seededRandom('second key').bytes(32);
  const body = twoFaced(EK, second, iv, aadOf(PLACE, 'iban'), seededRandom('blocks').bytes(32));
  const envelope = toBase64Url(Buffer.concat([Buffer.from([1]), KEY.kc.subarray(0, 8), iv, body]));

  const bare = (key: Uint8Array) => {
    const opening = createDecipheriv('aes-256-gcm', key, iv)
      .setAAD(aadOf(PLACE, 'iban'))
      .setAuthTag(body.subarray(-16));
    return Buffer.concat([opening.update(body.subarray(0, -16)), opening.final()]);
  };

  it('would open under both with bare AES-GCM', () => {
    expect(bare(EK).equals(bare(second))).toBe(false);
  });

  it('opens only under the committed one', () => {
    expect(() =>
      openWithRevealedKey(EK, { kc: KEY.kc, place: PLACE, field: 'iban', envelope }),
    ).not.toThrow();
    expect(() =>
      openWithRevealedKey(second, { kc: KEY.kc, place: PLACE, field: 'iban', envelope }),
    ).toThrow(broken);
  });

  it('is refused before anything is decrypted: a key that claims the commitment but is not of a length AES knows', () => {
    const impostor = {
      ...KEY,
      ek: createSecretKey(Buffer.alloc(5)),
      kc: seededRandom('other').bytes(32),
    };
    expect(() => openValue(impostor, KEY.kc, 'iban', envelope)).toThrow(broken);
  });
});
