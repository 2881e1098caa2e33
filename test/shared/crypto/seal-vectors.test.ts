import { createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  deriveDocumentKey,
  keyIdOf,
  mintSubjectKey,
  openValue,
  sealValue,
  tokenTarget,
} from '#shared/crypto/index.ts';
import { type SealedClass, seededRandom } from '#shared/kernel/index.ts';

interface SealContext {
  readonly workspace: string;
  readonly subject: string;
  readonly class: SealedClass;
  readonly owner: string;
}

interface Vectors {
  readonly values: readonly {
    readonly dataKey: string;
    readonly place: SealContext;
    readonly field: string;
    readonly value: string;
    readonly ek: string;
    readonly kc: string;
    readonly keyId: string;
    readonly envelope: string;
  }[];
  readonly keyRow: {
    readonly workspaceKey: string;
    readonly owner: {
      readonly workspace: string;
      readonly class: SealedClass;
      readonly subjectRef: string;
    };
    readonly dataKey: string;
    readonly target: string;
    readonly body: {
      readonly v: string;
      readonly kind: string;
      readonly token: string;
      readonly wrapped: string;
    };
  };
  readonly tokens: readonly {
    readonly tokenKey: string;
    readonly workspace: string;
    readonly kind: string;
    readonly knownBy: string;
    readonly target: string;
  }[];
  readonly broken: readonly {
    readonly wrong: string;
    readonly envelope: string;
    readonly kc?: string;
  }[];
}

const VECTORS: Vectors = JSON.parse(
  readFileSync(new URL('../../vectors/seal-1.json', import.meta.url), 'utf8'),
);

// A second implementation, made from docs/formats/seal.md with node:crypto alone. Section numbers
// are those of the document.

/** Section 1. */
function frame(label: string, ...parts: string[]): Buffer {
  const pieces = [Buffer.from(label, 'utf8')];
  for (const part of parts) {
    const bytes = Buffer.from(part, 'utf8');
    pieces.push(Buffer.from([bytes.length >>> 8, bytes.length & 0xff]), bytes);
  }
  return Buffer.concat(pieces);
}

const hkdf = (key: Buffer, info: Buffer | string) =>
  Buffer.from(hkdfSync('sha256', key, '', info, 32));

/** Section 1, `GCM`, backwards. Undefined when it does not open. */
function gcmOpen(key: Buffer, body: Buffer, aad: Buffer): Buffer | undefined {
  if (body.length < 28) return undefined;

  const opening = createDecipheriv('aes-256-gcm', key, body.subarray(0, 12), { authTagLength: 16 });
  opening.setAAD(aad).setAuthTag(body.subarray(-16));

  try {
    return Buffer.concat([opening.update(body.subarray(12, -16)), opening.final()]);
  } catch {
    return undefined;
  }
}

/** Section 3. */
function documentKey(dataKey: Buffer, place: SealContext): { ek: Buffer; kc: Buffer } {
  const ek = hkdf(dataKey, frame('writ seal/1', place.owner, place.class));
  return { ek, kc: hkdf(ek, 'writ commit/1') };
}

/** Section 5, step by step. Undefined when the value is broken. */
function open(
  ek: Buffer,
  kc: Buffer,
  place: SealContext,
  field: string,
  envelope: string,
): string | undefined {
  const bytes = Buffer.from(envelope, 'base64url');
  if (bytes.toString('base64url') !== envelope) return undefined;
  if (kc.length !== 32 || !hkdf(ek, 'writ commit/1').equals(kc)) return undefined;
  if (bytes[0] !== 1 || !bytes.subarray(1, 9).equals(kc.subarray(0, 8))) return undefined;

  return gcmOpen(
    ek,
    bytes.subarray(9),
    frame('', place.workspace, place.subject, place.class, place.owner, field),
  )?.toString('utf8');
}

const hex = (text: string) => Buffer.from(text, 'hex');
const first = VECTORS.values[0] as Vectors['values'][number];

describe('the test vectors of the seal format, read by a second implementation', () => {
  it.each(
    VECTORS.values.map((vector) => [`${vector.place.class} ${vector.field}`, vector] as const),
  )('derives and opens %s', (_, vector) => {
    const { ek, kc } = documentKey(hex(vector.dataKey), vector.place);
    expect({ ek: ek.toString('hex'), kc: kc.toString('hex') }).toEqual({
      ek: vector.ek,
      kc: vector.kc,
    });
    expect(kc.subarray(0, 8).toString('base64url')).toBe(vector.keyId);
    expect(open(ek, kc, vector.place, vector.field, vector.envelope)).toBe(vector.value);
  });

  it('opens the key row to the data key', () => {
    const { workspaceKey, owner, dataKey, target, body } = VECTORS.keyRow;
    const aad = frame('writ key/1', owner.workspace, owner.class, owner.subjectRef);
    expect(
      gcmOpen(hex(workspaceKey), Buffer.from(body.wrapped, 'base64url'), aad)?.toString('hex'),
    ).toBe(dataKey);
    expect(target).toBe(`key#${owner.class}#${owner.workspace}#${owner.subjectRef}`);
  });

  it.each(VECTORS.tokens)(
    'names $kind $knownBy of $workspace',
    ({ tokenKey, workspace, kind, knownBy, target }) => {
      const token = createHmac('sha256', hex(tokenKey))
        .update(frame('writ token/1', kind, knownBy))
        .digest('base64url');
      expect(target).toBe(`token#${workspace}#${kind}.${token}`);
    },
  );

  it.each(VECTORS.broken)('does not open: $wrong', ({ envelope, kc }) => {
    expect(
      open(hex(first.ek), hex(kc ?? first.kc), first.place, first.field, envelope),
    ).toBeUndefined();
  });
});

describe('the test vectors of the seal format, read by Writ', () => {
  it('are what it makes of the same seed', () => {
    const random = seededRandom('seal-1');
    for (const vector of VECTORS.values) {
      const dataKey = random.bytes(32);
      expect(Buffer.from(dataKey).toString('hex')).toBe(vector.dataKey);

      const key = deriveDocumentKey(dataKey, vector.place);

      expect([key.ek.export(), key.kc].map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual([
        vector.ek,
        vector.kc,
      ]);

      expect(keyIdOf(key.kc)).toBe(vector.keyId);
      expect(sealValue(key, vector.field, vector.value, random)).toBe(vector.envelope);
    }

    const { workspaceKey, owner, target, body } = VECTORS.keyRow;

    expect(Buffer.from(random.bytes(32)).toString('hex')).toBe(workspaceKey);
    expect(mintSubjectKey(owner, hex(workspaceKey), body.token, random).row).toEqual({
      target,
      body,
    });

    const tokenKey = random.bytes(32);
    for (const { workspace, kind, knownBy, target: named } of VECTORS.tokens) {
      expect(tokenTarget(tokenKey, workspace, kind, knownBy)).toBe(named);
    }
  });

  it.each(VECTORS.broken)('do not open: $wrong', ({ envelope, kc }) => {
    const key = deriveDocumentKey(hex(first.dataKey), first.place);
    expect(() => openValue(key, hex(kc ?? first.kc), first.field, envelope)).toThrow(
      expect.objectContaining({ code: 'seal.broken' }),
    );
  });
});
