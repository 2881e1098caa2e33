import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import { checkTrail, commitmentOf, entrySchema } from '#shared/audit/index.ts';
import { requestHash, responseHash, type VendorRequest } from '#shared/engine/index.ts';

interface Vectors {
  readonly documents: readonly {
    readonly target: string;
    readonly rev: number;
    readonly bytes: string;
    readonly commitment: string;
  }[];
  readonly standing: readonly { readonly target: string; readonly rev: number }[];
  readonly entries: readonly {
    readonly writer: string;
    readonly n: number;
    readonly bytes: string;
  }[];
  readonly vendor: {
    readonly request: VendorRequest;
    readonly requestHash: string;
    readonly answer: string;
    readonly responseHash: string;
  };
}

const file = (name: string) => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
const VECTORS: Vectors = JSON.parse(file('test/vectors/entry-1.json'));
const sealed = JSON.parse(file('test/vectors/seal-1.json')).values[0];

// A second implementation, made from docs/formats/entry.md. Section numbers are those of the
// document.

/** Section 2. */
const hash = (...parts: (string | Buffer)[]) => {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part);
  return sum.digest('base64url');
};

/** Section 5. */
const commitment = (target: string, rev: number, bytes: string) =>
  hash('audit/1 state', '\0', target, '\0', `${rev}`, '\0', bytes);

const [first, second] = VECTORS.entries.map(({ bytes }) => JSON.parse(bytes));

describe('the example of the entry format, read by a second implementation', () => {
  it('is canonical and small enough (section 2)', () => {
    for (const { bytes } of [...VECTORS.entries, ...VECTORS.documents])
      expect(canonicalize(JSON.parse(bytes))).toBe(bytes);
    for (const { bytes } of VECTORS.entries)
      expect(Buffer.byteLength(bytes)).toBeLessThanOrEqual(32_768);
  });

  it('is stored under the writer and number it names (section 3)', () => {
    for (const { writer, n, bytes } of VECTORS.entries)
      expect(JSON.parse(bytes)).toMatchObject({ writer, n });
  });

  it('commits to every document (section 5)', () => {
    for (const { target, rev, bytes, commitment: told } of VECTORS.documents)
      expect(commitment(target, rev, bytes)).toBe(told);
    const links = [first, second].flatMap(({ changes }) => changes);
    expect(links.map(({ afterC }) => afterC)).toEqual(
      VECTORS.documents.map((document) => document.commitment),
    );
    expect(links.map(({ beforeC }) => beforeC)).toEqual([null, null, null, links[0].afterC]);
  });

  it('puts length and hash in the place of a long value (section 6)', () => {
    const note = canonicalize(JSON.parse(VECTORS.documents[3]?.bytes as string).note) as string;
    expect(second.changes[0].diff[0]).toEqual({
      field: 'note',
      digestAfter: { bytes: Buffer.byteLength(note), sha256: hash(note) },
    });
  });

  it('holds the envelope of the document and the full commitment of its key (sections 6 and 7)', () => {
    expect(first.changes[1].diff[0].sealedAfter).toBe(sealed.envelope);
    expect(first.seals).toEqual({
      [sealed.keyId]: Buffer.from(sealed.kc, 'hex').toString('base64url'),
    });

    const subject = JSON.parse(VECTORS.documents[1]?.bytes as string).subjects[
      sealed.place.subject
    ];

    expect(subject).toEqual({ kc: first.seals[sealed.keyId], values: { iban: sealed.envelope } });
    expect(VECTORS.entries.map(({ bytes }) => bytes).join()).not.toContain(
      JSON.parse(sealed.value),
    );
  });

  it('holds blinded hashes of the vendor call (section 8)', () => {
    const { request, answer } = VECTORS.vendor;
    const { blind, body, method, path } = request;
    expect(second.vendors[0].request).toBe(
      hash(canonicalize({ blind, body, method, path }) as string),
    );
    expect(second.vendors[0].response).toBe(hash(blind, '\0', answer));
  });

  it('stands in the document, byte for byte (section 11)', () => {
    const document = file('docs/formats/entry.md');
    for (const { bytes } of [
      ...VECTORS.entries,
      VECTORS.documents[0] as Vectors['documents'][number],
    ]) {
      expect(document).toContain(`\n${bytes}\n`);
    }

    expect(document).toContain(VECTORS.documents[0]?.commitment as string);
  });
});

describe('the example of the entry format, read by Writ', () => {
  it('is of the closed form', () => {
    for (const { bytes } of VECTORS.entries)
      expect(entrySchema.safeParse(JSON.parse(bytes)).success).toBe(true);
  });

  it('is a whole trail', async () => {
    const standing = VECTORS.standing.map(({ target, rev }) => {
      const document = VECTORS.documents.find((each) => each.target === target && each.rev === rev);
      return {
        target,
        rev,
        commitment: commitmentOf(target, rev, Buffer.from(document?.bytes ?? '')),
      };
    });

    const entries = VECTORS.entries.map(({ writer, n, bytes }) => ({
      writer,
      n,
      bytes: Buffer.from(bytes),
    }));

    expect((await checkTrail(entries, standing)).problems).toEqual([]);
  });

  it('gives the same hashes of the vendor call', () => {
    const { request, answer, requestHash: asked, responseHash: answered } = VECTORS.vendor;
    expect([requestHash(request), responseHash(request, answer)]).toEqual([asked, answered]);
  });
});
