import { gzipSync } from 'node:zlib';
import { SaxesParser } from 'saxes';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readInvoice } from '#functions/automations/invoice-approval/ubl.ts';
import { changed, GOOD, refusal, utf8 } from './good-invoice.ts';

afterEach(() => void vi.restoreAllMocks());

const utf16 = (text: string) => Buffer.from(text, 'utf16le');
const wide = (text: string, put: (bytes: Buffer, point: number, at: number) => void) => {
  const points = [...text].map((character) => character.codePointAt(0) as number);
  const bytes = Buffer.alloc(4 * points.length);
  for (const [i, point] of points.entries()) put(bytes, point, 4 * i);
  return bytes;
};
const BOM = '\ufeff';

/**
 * Ways to write a text as bytes, and what the refusal of an invoice in each says. None: it is read.
 */
const ENCODINGS: Readonly<
  Record<string, { readonly write: (text: string) => Uint8Array; readonly says?: string }>
> = {
  'UTF-8': { write: utf8 },
  'UTF-8 with a mark': { write: (text) => utf8(BOM + text) },
  'UTF-16LE': { write: utf16, says: 'UTF-16' },
  'UTF-16LE with a mark': { write: (text) => utf16(BOM + text), says: 'UTF-16' },
  'UTF-16BE': { write: (text) => utf16(text).swap16(), says: 'UTF-16' },
  'UTF-16BE with a mark': { write: (text) => utf16(BOM + text).swap16(), says: 'UTF-16' },
  'UTF-32LE': {
    write: (text) => wide(text, (to, point, at) => to.writeUInt32LE(point, at)),
    says: 'UTF-32',
  },
  'UTF-32LE with a mark': {
    write: (text) => wide(BOM + text, (to, point, at) => to.writeUInt32LE(point, at)),
    says: 'UTF-32',
  },
  'UTF-32BE': {
    write: (text) => wide(text, (to, point, at) => to.writeUInt32BE(point, at)),
    says: 'UTF-32',
  },
  'UTF-32BE with a mark': {
    write: (text) => wide(BOM + text, (to, point, at) => to.writeUInt32BE(point, at)),
    says: 'UTF-32',
  },
};

const CII = 'urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100';
const attachment = `<ram:AttachmentBinaryObject xmlns:ram="urn:ram">${'JVBE'.repeat(20_000)}</ram:AttachmentBinaryObject>`;
const cii = (inside: string) =>
  `<?xml version="1.0"?>\n<rsm:CrossIndustryInvoice xmlns:rsm="${CII}">${inside}</rsm:CrossIndustryInvoice>`;
const FATTURA = 'http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2';
const X = 'ubl.not-an-invoice';

/** Texts of other formats: what their refusal says, and its code. */
const TEXTS: readonly (readonly [text: string, says: string, code: string])[] = [
  [cii(''), 'a CII invoice', X],
  [cii(attachment), 'a CII invoice', X],
  [cii('<not well formed'), 'a CII invoice', X],
  [cii('').replace('?>', '?><!-- > made <up> --><?app x?>'), 'a CII invoice', X],
  [`<!--${'-x'.repeat(3_000)}-->${cii('').replace(/^.*\n/, '')}`, 'a CII invoice', X],
  [
    `<p:FatturaElettronica versione="FPR12" xmlns:p="${FATTURA}"><p/></p:FatturaElettronica>`,
    'a FatturaPA invoice',
    X,
  ],
  ['<Facturae xmlns="http://www.facturae.gob.es/formato"/>', 'a Facturae invoice', X],
  ['<StandardBusinessDocument xmlns="http://www.unece.org/cefact"/>', 'an envelope (SBDH)', X],
  ['<!DOCTYPE html>\n<html lang="en"><body>', 'an HTML page', X],
  ['<HTML><BODY>', 'an HTML page', X],
  ['<html xmlns="http://www.w3.org/1999/xhtml"/>', 'an HTML page', X],
  ['{"invoice": 1}', 'JSON', 'ubl.malformed'],
  ['[1,2]', 'JSON', 'ubl.malformed'],
  ["UNA:+.? 'UNB+UNOC:3+1+2'", 'EDIFACT', 'ubl.malformed'],
  ["UNB+UNOC:3+1+2'", 'EDIFACT', 'ubl.malformed'],
  ['number;date;amount\r\n1;2026-01-01;5,00\r\n', 'CSV', 'ubl.malformed'],
  ['number,date,amount', 'CSV', 'ubl.malformed'],
  ['a\tb\n1\t2\n', 'CSV', 'ubl.malformed'],
  ['From: a@example.org\nSubject: invoice\n\n', 'an e-mail', 'ubl.malformed'],
  [Buffer.from(GOOD).toString('base64'), 'base64 text', 'ubl.malformed'],
  ['', 'empty', 'ubl.malformed'],
  [' \r\n\t', 'empty', 'ubl.malformed'],
];

const binary = (text: string) => Buffer.from(text, 'latin1');
const BINARIES: readonly (readonly [what: string, bytes: Uint8Array, says: string])[] = [
  ['a PDF', binary('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n'), 'a PDF'],
  [
    'a PDF (Factur-X), after something else',
    binary(`\r\n${'x'.repeat(500)}%PDF-1.7 <rsm:CrossIndustryInvoice>`),
    'a PDF',
  ],
  ['ZIP', binary('PK\x03\x04\x14\x00'), 'a ZIP archive'],
  ['an empty ZIP', binary('PK\x05\x06\x00\x00'), 'a ZIP archive'],
  ['gzip', gzipSync(GOOD), 'gzip'],
  ['a signed file', binary('0\x82\x10\x00\x06\x09*\x86H\x86\xf7'), 'PKCS #7'],
  ['PNG', binary('\x89PNG\r\n\x1a\n'), 'a PNG image'],
  ['JPEG', binary('\xff\xd8\xff\xe0\x00\x10JFIF'), 'a JPEG image'],
  ['TIFF', binary('II*\x00\x08\x00'), 'a TIFF image'],
  ['an older Office document', binary('\xd0\xcf\x11\xe0\xa1\xb1'), 'an older Office document'],
];

describe('a file of another format', () => {
  it.each(Object.entries(ENCODINGS))(
    'as text in %s is refused by the name of its format',
    (_, { write }) => {
      for (const [text, says, code] of TEXTS) {
        const refused = refusal(write(text));
        // in UTF-32 the root is beyond what is looked at before the file is decoded, and the
        // encoding is said instead
        const isFar = text.startsWith('<!--') && refused?.code === 'ubl.encoding';

        expect([text.slice(0, 40), refused?.code, refused?.message]).toEqual([
          text.slice(0, 40),
          isFar ? 'ubl.encoding' : code,
          expect.stringMatching(
            isFar
              ? /^the file is UTF-(16|32);/
              : `the file is (compressed with )?${says.replace(/[()]/g, '\\$&')}`,
          ),
        ]);
      }
    },
  );

  it.each(BINARIES)('such as %s is refused by its name', (_, bytes, says) => {
    expect(refusal(bytes)).toMatchObject({
      code: 'ubl.malformed',
      message: expect.stringContaining(says),
    });
  });

  it('is named also where its text is in an encoding that is not read', () => {
    const fattura = `<?xml version="1.0" encoding="windows-1252"?><p:FatturaElettronica xmlns:p="${FATTURA}">\xe9`;
    expect(refusal(binary(fattura))?.message).toContain('FatturaPA');
  });

  it('is not taken for one it is not: an order, an invoice of another vocabulary, plain words', () => {
    for (const [text, code, says] of [
      [
        '<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>',
        X,
        'the root is Order',
      ],
      [
        '<Invoice xmlns="http://www.ebinterface.at/schema/6p1/"/>',
        X,
        'the root is Invoice in another namespace',
      ],
      ['pay me, please', 'ubl.malformed', 'line 1'],
      ['\0\0\0\0', 'ubl.malformed', 'line 1'],
      [' '.repeat(5_000), 'ubl.malformed', 'line 1'],
      [`${' '.repeat(5_000)}{}`, 'ubl.malformed', 'line 1'],
    ] as const)
      expect(refusal(utf8(text))).toMatchObject({ code, message: expect.stringContaining(says) });
  });
});

describe('an invoice', () => {
  it.each(Object.entries(ENCODINGS))(
    'in %s is read, or refused by the name of the encoding',
    (_, { write, says }) => {
      for (const text of [GOOD, GOOD.replace(/^.*\n/, '')]) {
        if (says === undefined) expect(readInvoice(write(text))).toEqual(readInvoice(utf8(GOOD)));
        else
          expect(refusal(write(text))).toMatchObject({
            code: 'ubl.encoding',
            message: `the file is ${says}; expected UTF-8`,
          });
      }
    },
  );

  it('in another encoding of one byte is refused by the one that it declares', () => {
    const text = changed('Onbekendia', 'Onbek\xe9ndia').replace('UTF-8', 'ISO-8859-15');

    expect(refusal(binary(text))).toMatchObject({
      code: 'ubl.encoding',
      message: expect.stringContaining('declares ISO-8859-15'),
    });

    expect(refusal(binary(text.replace('ISO-8859-15', 'UTF-8')))?.message).toContain(
      'bytes that are not UTF-8',
    );
    expect(refusal(binary('\x4c\x6f\xa7\x94'))?.message).toContain('EBCDIC');
  });

  it('is not taken for another format by what stands in its comments', () => {
    for (const comment of ['%PDF-1.7', '<html>', 'UNB+', '<CrossIndustryInvoice>', 'a;b;c'])
      for (const mark of ['', BOM])
        expect(
          readInvoice(utf8(mark + changed('<Invoice', `<!-- ${comment} --><Invoice`))),
        ).toEqual(readInvoice(utf8(GOOD)));
  });

  it('may hold U+FFFD, a character like any other', () => {
    expect(readInvoice(utf8(changed('Onbekendia Handel', 'Onbek\ufffdndia'))).supplierName).toBe(
      'Onbek\ufffdndia',
    );
  });

  it('is read alike wherever the parser gets it in parts, also between two halves of a character', () => {
    const wished = readInvoice(utf8(changed('Onbekendia', '\u{1f600}\u{1f600}')));
    for (let length = 15_900; length < 16_384; length += 7) {
      const padded = changed('<cbc:ID>', `<!--${'x'.repeat(length)}-->\r\n<cbc:ID>`).replace(
        'Onbekendia',
        '\u{1f600}\u{1f600}',
      );
      expect(readInvoice(utf8(padded))).toEqual(wished);
    }
  });
});

describe('the work for a file', () => {
  const ROOM = 4 * 1_024 * 1_024 - GOOD.length;
  const filled = (piece: string) =>
    utf8(changed('<cbc:DueDate>', `${piece.repeat(Math.floor(ROOM / piece.length))}<cbc:DueDate>`));
  const named = (count: number, name: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => ` ${name(i)}=""`).join('');

  /** Characters that the parser was given for a file. */
  function given(bytes: Uint8Array): {
    readonly characters: number;
    readonly message: string | undefined;
  } {
    let characters = 0;
    const write = SaxesParser.prototype.write;

    const spy = vi.spyOn(SaxesParser.prototype, 'write').mockImplementation(function (
      this: SaxesParser,
      part,
    ) {
      characters += part?.toString().length ?? 0;
      return write.call(this, part);
    });

    const message = refusal(bytes)?.message;

    spy.mockRestore();

    return { characters, message };
  }

  it.each([
    ['64 attributes an element', `<a${named(64, (i) => `a${i}`)}/>`],
    ['26 attributes an element', `<a${named(26, (i) => String.fromCharCode(97 + i))}/>`],
    [
      'declarations of namespaces',
      `<a${named(60, (i) => `xmlns:a${i}`).replaceAll('""', '"u"')}/>`,
    ],
    ['one attribute an element', '<a b=""/>'],
  ])('ends with 50,000 attributes, or as many elements: %s', (_, piece) => {
    const bytes = filled(piece);
    const { characters, message } = given(bytes);
    expect(message).toMatch(/more than (50000 (attributes|elements)|200000 tags)/);
    const each = piece.split('=').length - 1;
    expect(characters).toBeLessThan((50_000 / each) * piece.length + 2 * 16_384 + GOOD.length);
  });

  it.each([
    ['<!---->'],
    ['<?a?>'],
    ['<![CDATA[]]>'],
    ['<a/>'],
    ['&#9;'],
    ['<a b="&#9;&#9;&#9;"/>'],
  ])('does not begin with more than 200,000 tags, comments and references: %s', (piece) => {
    expect(given(filled(piece))).toEqual({
      characters: 0,
      message: 'the file has more than 200000 tags, comments and references',
    });
  });

  it('ends with the root where it is not an invoice', () => {
    const other = `<Other>${'<a/>'.repeat(40_000)}</Other>`;
    expect(given(utf8(other))).toMatchObject({
      characters: 16_384,
      message: expect.stringContaining('the root is Other'),
    });
    expect(given(utf8(cii(attachment))).characters).toBe(0);
  });

  it('is enough for the largest invoice that is taken', () => {
    const line = /<cac:InvoiceLine>[\s\S]*?<\/cac:InvoiceLine>/.exec(GOOD)?.[0] ?? '';
    const rich = line.replace(
      '<cbc:InvoicedQuantity',
      `${'<cbc:Note languageID="nl">n</cbc:Note>'.repeat(8)}<cbc:InvoicedQuantity`,
    );

    expect(
      readInvoice(utf8(changed('<cac:InvoiceLine>', `${rich.repeat(1_998)}<cac:InvoiceLine>`)))
        .lines,
    ).toHaveLength(2_000);
  });
});
