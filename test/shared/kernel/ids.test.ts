import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assertName,
  base32,
  fraction,
  newId,
  seededRandom,
  systemRandom,
} from '#shared/kernel/index.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const bytes = fc.uint8Array({ maxLength: 40 });

/** Base 32 by way of one large number, as slow and plain as can be. */
function plainBase32(data: Uint8Array): string {
  const characters = Math.ceil((data.length * 8) / 5);
  let value =
    data.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) <<
    BigInt(characters * 5 - data.length * 8);
  let text = '';

  for (let i = 0; i < characters; i++) {
    text = ALPHABET[Number(value % 32n)] + text;
    value /= 32n;
  }

  return text;
}

describe('base 32', () => {
  it('is the number that the bytes make, in digits of five bits', () => {
    fc.assert(
      fc.property(bytes, (data) => {
        expect(base32(data)).toBe(plainBase32(data));
      }),
    );
  });

  it('uses no letter that is taken for another', () => {
    expect(base32(Uint8Array.from({ length: 256 }, (_, i) => i))).not.toMatch(/[ilou]|[^0-9a-z]/);
  });

  it('is empty for no bytes', () => {
    expect(base32(new Uint8Array())).toBe('');
  });
});

describe('an id', () => {
  it('has 26 characters and 128 random bits', () => {
    const ids = new Set(Array.from({ length: 1_000 }, () => newId(systemRandom())));
    expect(ids.size).toBe(1_000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
  });
});

describe('a name', () => {
  it.each(['a', 'invoice-approval', 'a0', `a${'9'.repeat(31)}`])('may be %s', (name) => {
    expect(() => assertName('automation', name)).not.toThrow();
  });

  it.each([
    '',
    'A',
    '0a',
    '-a',
    'a_b',
    'a.b',
    'a#b',
    'a*',
    'ä',
    'a b',
    'a\n',
    `a${'b'.repeat(32)}`,
  ])('may not be %j', (name) => {
    expect(() => assertName('automation', name)).toThrow(
      expect.objectContaining({ code: 'name.invalid', facts: { what: 'automation' } }),
    );
  });

  it('is shown cut short when it is refused', () => {
    expect(() => assertName('step', 'x'.repeat(10_000))).toThrow(/^step "x{64}" is not a name/);
  });
});

describe('seeded randomness', () => {
  it('repeats itself from the same seed, however it is portioned', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.nat(70), { maxLength: 8 }), (seed, portions) => {
        const parts = seededRandom(seed);
        const whole = seededRandom(seed);
        const joined = Buffer.concat(portions.map((length) => parts.bytes(length)));
        expect(joined.equals(whole.bytes(joined.length))).toBe(true);
      }),
    );
  });

  it('differs by seed', () => {
    expect(seededRandom('a').bytes(16)).not.toEqual(seededRandom('b').bytes(16));
  });
});

describe('the randomness of the system', () => {
  it('gives as many bytes as asked for, and never the same portion twice', () => {
    const random = systemRandom();
    const seen = new Set<string>();

    for (let i = 0; i < 2_000; i++) {
      const portion = random.bytes(16);
      expect(portion).toHaveLength(16);
      seen.add(Buffer.from(portion).toString('hex'));
    }

    expect(seen.size).toBe(2_000);

    for (const length of [0, 1, 2_048, 2_049, 8_192, 10_000])
      expect(random.bytes(length)).toHaveLength(length);
  });

  it('hands out bytes that belong to the caller alone', () => {
    const random = systemRandom();
    const first = random.bytes(16);
    const copy = Uint8Array.from(first);
    random.bytes(16).fill(0);
    expect(Buffer.compare(first, copy)).toBe(0);
    expect(first.buffer.byteLength).toBe(16);
  });
});

describe('a fraction', () => {
  const of = (...four: number[]) => fraction({ bytes: () => Uint8Array.from(four) });

  it('is at least 0 and less than 1', () => {
    expect(of(0, 0, 0, 0)).toBe(0);
    expect(of(255, 255, 255, 255)).toBe(1 - 2 ** -32);
    expect(of(128, 0, 0, 0)).toBe(0.5);

    fc.assert(
      fc.property(fc.string(), (seed) => {
        const value = fraction(seededRandom(seed));
        expect(value >= 0 && value < 1).toBe(true);
      }),
    );
  });
});
