import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { isSameName, nameForm } from '#functions/automations/invoice-approval/same-name.ts';
import { readInvoice } from '#functions/automations/invoice-approval/ubl.ts';
import { canonicalJson } from '#shared/kernel/index.ts';
import { changed, GOOD, refusal, SECRETS, utf8 } from './good-invoice.ts';

const code = (text: string) => refusal(utf8(text))?.code;
const read = (text: string) => readInvoice(utf8(text));

describe('reading an invoice', () => {
  it('gives every field as plain JSON, amounts in minor units', () => {
    expect(read(GOOD)).toEqual({
      invoiceType: '380',
      invoiceNumber: '2026-0001',
      lookAlike: '99oolabc 2o26-oool',
      lookAlikeLower: '99oolabc 2o26-oool',
      issueDate: '2026-02-28',
      dueDate: '2026-03-30',
      currency: 'EUR',
      orderId: 'PO-7',
      supplierId: '99001ABC',
      supplierName: 'Onbekendia Handel',
      lines: [
        { id: '1', net: 10_000, quantity: '2.5', price: '41', allowances: 300, charges: 50 },
        {
          id: '2',
          net: 2_000,
          quantity: '300',
          price: '6.6667',
          baseQuantity: '100',
          allowances: 0,
          charges: 0,
        },
      ],
      taxes: [
        { category: 'S', percent: '21', taxable: 10_500, tax: 2_205 },
        { category: 'S', percent: '9', taxable: 2_000, tax: 180 },
      ],
      lineTotal: 12_000,
      allowanceTotal: 500,
      chargeTotal: 1_000,
      taxExclusive: 12_500,
      taxTotal: 2_385,
      taxInclusive: 14_885,
      prepaid: 885,
      rounding: 0,
      payable: 14_000,
      allowances: [{ amount: 500 }],
      charges: [{ amount: 1_000 }],
      iban: 'NL91ABNA0417164300',
      contactName: 'Geheimstra Zwijgend',
      contactEmail: 'g.zwijgend@verborgen.example',
      contactPhone: '+31 555 0199',
      contactKey: 'g.zwijgend@verborgen.example',
    });
    expect(() => canonicalJson(read(GOOD))).not.toThrow();
  });

  it('does not depend on the prefixes that a file uses', () => {
    const prefixed = GOOD.replaceAll('cac:', 'cbc-1:')
      .replaceAll('xmlns:cac=', 'xmlns:cbc-1=')
      .replaceAll('cbc:', 'x:')
      .replaceAll('xmlns:cbc=', 'xmlns:x=');

    const rooted = prefixed
      .replaceAll('<Invoice xmlns=', '<u:Invoice xmlns:u=')
      .replaceAll('</Invoice>', '</u:Invoice>');
    const swapped = GOOD.replaceAll(/\bcac:/g, 'T:')
      .replaceAll(/\bcbc:/g, 'cac:')
      .replaceAll('T:', 'cbc:')
      .replace('xmlns:cac', 'xmlns:T');

    const crossed = swapped.replace('xmlns:cbc', 'xmlns:cac').replace('xmlns:T', 'xmlns:cbc');
    for (const text of [prefixed, rooted, crossed]) expect(read(text)).toEqual(read(GOOD));
  });

  it('goes by the namespace and not by the prefix, so an element of another vocabulary is not taken', () => {
    expect(
      code(
        changed('<cbc:ID>2026-0001</cbc:ID>', '<cbc:ID xmlns:cbc="urn:other">2026-0001</cbc:ID>'),
      ),
    ).toBe('ubl.missing');
  });

  it('takes a byte order mark, CDATA, character references and comments for what they are', () => {
    expect(read(`\uFEFF${GOOD}`)).toEqual(read(GOOD));
    expect(read(changed('PO-7', '<![CDATA[P]]>O<!-- not the end -->&#45;&#x37;'))).toEqual(
      read(GOOD),
    );
  });

  it('folds spellings of an identifier that look alike', () => {
    expect(read(changed('>2026-0001<', '>\n ２０２６-00\u200B01\u202E <'))).toEqual(read(GOOD));
    expect(read(changed('NL91ABNA0417164300', ' nl91 abna 0417 1643 00 '))).toEqual(read(GOOD));
  });

  it('recognises a supplier by the first of registration, VAT number, address and identifier', () => {
    const vat = changed('<cbc:CompanyID>99 001 abc</cbc:CompanyID>', '');
    const endpoint = changed('>VAT<', '>TAX<', vat);
    const other = changed(
      /<cbc:EndpointID.*EndpointID>/,
      '<cac:PartyIdentification><cbc:ID>i d 5</cbc:ID></cac:PartyIdentification>',
      endpoint,
    );

    expect([vat, endpoint, other].map((text) => read(text).supplierId)).toEqual([
      'NL99001B01',
      '9900001',
      'ID5',
    ]);

    expect(code(changed(/<cac:PartyIdentification>.*<\/cac:PartyIdentification>/, '', other))).toBe(
      'ubl.missing',
    );
  });

  it('recognises a contact by e-mail address, else phone, else name, else supplier', () => {
    const shouted = changed('g.zwijgend@', 'G.Zwijgend@');
    const phone = changed(/<cbc:ElectronicMail>.*<\/cbc:ElectronicMail>/, '<cbc:ElectronicMail/>');
    const name = changed(/<cbc:Telephone>.*<\/cbc:Telephone>/, '', phone);
    const none = changed(/<cac:Contact>[\s\S]*<\/cac:Contact>/, '');
    const keys = [shouted, phone, name, none].map((text) => read(text).contactKey);

    expect(keys).toEqual([
      'g.zwijgend@verborgen.example',
      '+315550199',
      'Geheimstra Zwijgend',
      '99001ABC',
    ]);

    expect(read(none)).not.toHaveProperty('contactName');
  });

  it('leaves out a tax total in another currency and an attachment of any length', () => {
    const accounting = changed(
      '<cac:TaxTotal>',
      '<cac:TaxTotal><cbc:TaxAmount currencyID="SEK">260.00</cbc:TaxAmount></cac:TaxTotal><cac:TaxTotal>',
    );

    const file = `<cbc:EmbeddedDocumentBinaryObject>${'JVBE'.repeat(500_000)}</cbc:EmbeddedDocumentBinaryObject>`;
    const attached = changed(
      '<cac:OrderReference>',
      `<cac:Attachment>${file}</cac:Attachment><cac:OrderReference>`,
    );

    for (const text of [accounting, attached]) expect(read(text)).toEqual(read(GOOD));
  });

  it('takes the first way to pay that names an account', () => {
    const cash =
      '<cac:PaymentMeans><cbc:PaymentMeansCode>10</cbc:PaymentMeansCode></cac:PaymentMeans>';
    const later = GOOD.match(/<cac:PaymentMeans>.*<\/cac:PaymentMeans>/)?.[0].replace(
      'NL91ABNA0417164300',
      'DE89370400440532013000',
    );

    expect(read(changed('<cac:PaymentMeans>', `${cash}<cac:PaymentMeans>`)).iban).toBe(
      'NL91ABNA0417164300',
    );
    expect(read(changed('</cac:PaymentMeans>', `</cac:PaymentMeans>${later}`)).iban).toBe(
      'NL91ABNA0417164300',
    );
  });
});

describe('refusing what is not a readable XML file', () => {
  const doubled = Array.from({ length: 30 }, (_, i) => `<!ENTITY a${i + 1} "&a${i};&a${i};">`);
  const bomb = `<!DOCTYPE b [<!ENTITY a0 "ha">${doubled.join('')}]>`;
  const external =
    '<!DOCTYPE Invoice SYSTEM "file:///etc/hostname" [<!ENTITY x SYSTEM "http://192.0.2.1/x">]>';
  const deep = '<cac:Party>'.repeat(2_000);
  const utf16 = new Uint8Array(Buffer.from(`\uFEFF${GOOD}`, 'utf16le'));

  it.each<[string, string, Uint8Array]>([
    ['an empty file', 'ubl.malformed', utf8('')],
    ['white space only', 'ubl.malformed', utf8(' \n ')],
    ['JSON', 'ubl.malformed', utf8('{"ID":"2026-0001"}')],
    ['NUL bytes', 'ubl.malformed', new Uint8Array(512)],
    ['a NUL byte inside', 'ubl.malformed', utf8(changed('PO-7', 'PO\0-7'))],
    ['two roots', 'ubl.malformed', utf8(`${GOOD}<Invoice/>`)],
    ['text after the root', 'ubl.malformed', utf8(`${GOOD}x`)],
    ['an unknown prefix', 'ubl.malformed', utf8(changed('<cbc:DueDate>', '<c:DueDate>'))],
    [
      'an attribute that is there twice',
      'ubl.malformed',
      utf8(changed('currencyID="EUR"', 'currencyID="EUR" currencyID="USD"')),
    ],
    ['an entity that nobody defined', 'ubl.malformed', utf8(changed('PO-7', '&order;'))],
    ['a reference to half a character', 'ubl.malformed', utf8(changed('PO-7', '&#xD800;'))],
    [
      'a control character of XML 1.1',
      'ubl.malformed',
      utf8(changed('PO-7', '&#1;').replace('version="1.0"', 'version="1.1"')),
    ],
    [
      'an entity bomb, without expanding it',
      'ubl.doctype',
      utf8(changed('<Invoice', `${bomb}<Invoice`).replace('PO-7', '&a30;')),
    ],
    [
      'an external entity, without fetching it',
      'ubl.doctype',
      utf8(changed('<Invoice', `${external}<Invoice`).replace('PO-7', '&x;')),
    ],
    ['a file of 50 MB, without looking at it', 'ubl.too-large', new Uint8Array(50 * 1_024 * 1_024)],
    [
      'deep nesting',
      'ubl.too-complex',
      utf8(changed('<cac:OrderReference>', `${deep}<cac:OrderReference>`)),
    ],
    [
      'too many elements',
      'ubl.too-complex',
      utf8(changed('<cac:OrderReference>', `${'<cbc:Note/>'.repeat(50_001)}<cac:OrderReference>`)),
    ],
    ['too long a text', 'ubl.too-complex', utf8(changed('PO-7', 'P'.repeat(65_537)))],
    [
      'too many attributes',
      'ubl.too-complex',
      utf8(
        changed(
          '<cac:Party>',
          `<cac:Party ${Array.from({ length: 65 }, (_, i) => `a${i}=""`).join(' ')}>`,
        ),
      ),
    ],
    ['UTF-16', 'ubl.encoding', utf16],
    [
      'bytes that are not UTF-8',
      'ubl.encoding',
      new Uint8Array(Buffer.from(changed('PO-7', 'caf\u00e9'), 'latin1')),
    ],
    [
      'a declared encoding that is not UTF-8',
      'ubl.encoding',
      utf8(changed('"UTF-8"', '"ISO-8859-1"')),
    ],
    [
      'other characters under US-ASCII',
      'ubl.encoding',
      utf8(changed('"UTF-8"', '"US-ASCII"').replace('PO-7', 'PO-é')),
    ],
  ])('refuses %s', (_, expected, bytes) => {
    expect(refusal(bytes)?.code).toBe(expected);
  });

  it('takes US-ASCII when it is', () => {
    expect(read(changed('"UTF-8"', '"us-ascii"'))).toEqual(read(GOOD));
  });

  it('says the line where the file stops being XML, and not its text', () => {
    expect(refusal(utf8(changed('</cbc:DueDate>', '</cbc:Geheimstra>')))).toMatchObject({
      message: 'the file is not well-formed XML 1.0 at line 5',
      facts: { line: 5 },
    });
  });

  it('refuses an invoice that is cut off, wherever', () => {
    const bytes = utf8(GOOD);
    for (let end = 0; end < bytes.length; end += 7)
      expect(refusal(bytes.subarray(0, end))?.code).toBe('ubl.malformed');
  });
});

describe('taking little time for a file that is made to cost much', () => {
  const room = 4 * 1_024 * 1_024 - GOOD.length - 1_000;

  /**
   * How many characters all patterns go over while `act` runs, each from where it begins to where
   * it matches or gives up.
   */
  function lookedAt(act: () => void): number {
    let characters = 0;
    const { exec } = RegExp.prototype;

    // by hand: a spy would keep every text that it was given
    RegExp.prototype.exec = function (text) {
      const from = this.global || this.sticky ? this.lastIndex : 0;
      const found = exec.call(this, text);
      const to =
        found === null ? (this.sticky ? from : text.length) : found.index + found[0].length;
      characters += Math.max(1, to - from);
      return found;
    };

    try {
      act();
    } finally {
      RegExp.prototype.exec = exec;
    }

    return characters;
  }

  const filled = (piece: string, at: string) =>
    changed(at, piece.repeat(Math.floor(room / piece.length)) + at);

  it.each<[string, string]>([
    ['zeros in an amount', GOOD.replaceAll(/>\d+\.\d+</g, `>1.${'0'.repeat(60_000)}1<`)],
    ['spaces in a text', GOOD.replaceAll(/>[\d.]+</g, `>1${' '.repeat(60_000)}1<`)],
    ['comments', filled('<!---->', '<cbc:DueDate>')],
    ['open brackets', filled('<![CDATA[]]]]>', '<cbc:DueDate>')],
    ['character references', filled('&amp;', '</Invoice>')],
    ['instructions', filled('<?a ?????>', '<cbc:DueDate>')],
    ['one long name', filled('n', ' xmlns:cac')],
    ['one long attribute', filled('v', '0088')],
    [
      'a document type that is never closed',
      filled('<!ENTITY a "b">', '<Invoice').replace('<!ENTITY', '<!DOCTYPE a [<!ENTITY'),
    ],
    [
      'elements up to the limit',
      changed('<cbc:DueDate>', `${'<cbc:Note>n</cbc:Note>'.repeat(49_900)}<cbc:DueDate>`),
    ],
  ])('looks with patterns at each character of %s once or twice, and no more', (_, text) => {
    const bytes = utf8(text);
    expect(lookedAt(() => refusal(bytes))).toBeLessThan(2 * text.length);
  });
});

describe('reading a text', () => {
  it.each([
    '\u2800',
    '\ufffc',
    '\u{1d159}',
    '\u{13441}',
    '\ue001',
    '\u0378',
    '\u200b',
    '\u{e0041}',
  ])('leaves out what shows nothing: %j', (character) => {
    expect(read(changed('2026-0001', `20${character}26-0001${character}`)).invoiceNumber).toBe(
      '2026-0001',
    );
    expect(code(changed('2026-0001', character.repeat(3)))).toBe('ubl.missing');
  });

  it('makes blanks of all kinds one, with what shows nothing between them', () => {
    expect(
      read(changed('2026-0001', ' \u20282026\t\u2800\u3000 \u00a00001\u2800 ')).invoiceNumber,
    ).toBe('2026 0001');
  });
});

describe('comparing the names of an invoice', () => {
  const names = (count: number, name: (i: number) => string) =>
    Array.from(
      { length: count },
      (_, i) => `<cac:PartyName><cbc:Name>${name(i)}</cbc:Name></cac:PartyName>`,
    ).join('');

  it('normalizes each of them once, however many there are on either side', () => {
    const accounts = Array.from(
      { length: 49 },
      () =>
        '<cac:PaymentMeans><cac:PayeeFinancialAccount><cbc:ID>NL91ABNA0417164300</cbc:ID><cbc:Name>b</cbc:Name></cac:PayeeFinancialAccount></cac:PaymentMeans>',
    );

    const supplier = names(49, (i) => `${'\ufdfa'.repeat(500)}${i}`) + names(1, () => 'b');
    const payee = `<cac:PayeeParty>${names(50, () => 'b')}</cac:PayeeParty>`;
    const file = changed(
      '<cac:PaymentMeans>',
      `${payee}${accounts.join('')}<cac:PaymentMeans>`,
    ).replace('<cac:PartyTaxScheme>', `${supplier}<cac:PartyTaxScheme>`);

    const normalize = vi.spyOn(String.prototype, 'normalize');
    const read = readInvoice(utf8(file));
    const calls = normalize.mock.contexts.map((text) => String(text).length);

    normalize.mockRestore();
    expect(read).not.toHaveProperty('payeeName');
    expect(read).not.toHaveProperty('accountName');
    expect(calls.length).toBeLessThan(1_000); // compared pairwise they are thousands more
    expect(calls.reduce((sum, length) => sum + length, 0)).toBeLessThan(40 * file.length);
  });

  it('compares a name that is longer than any company has as it is', () => {
    const long = '\ufdfa'.repeat(513);
    expect(nameForm(long)).toBe(long);
    expect(isSameName(long, long)).toBe(true);
    expect(isSameName('A. B.'.padEnd(512, '!'), 'ab')).toBe(true);
    expect(isSameName('A. B.'.padEnd(513, '!'), 'ab')).toBe(false);
  });

  it.each(['cac:PayeeParty', 'cac:AccountingCustomerParty/cac:Party'])(
    'refuses more than 50 names of %s',
    (path) => {
      const [outer = '', inner] = path.split('/');
      const wrapped =
        inner === undefined ? names(51, () => 'b') : `<${inner}>${names(51, () => 'b')}</${inner}>`;
      const file = changed(
        '<cac:PaymentMeans>',
        `<${outer}>${wrapped}</${outer}><cac:PaymentMeans>`,
      );

      expect(() => readInvoice(utf8(file))).toThrow(
        expect.objectContaining({
          code: 'ubl.too-many',
          facts: expect.objectContaining({ limit: 50 }),
        }),
      );
    },
  );
});

describe('refusing what is not an invoice to pay', () => {
  it.each<[string, string, string]>([
    [
      'an order',
      'ubl.not-an-invoice',
      '<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>',
    ],
    ['an invoice without a namespace', 'ubl.not-an-invoice', '<Invoice/>'],
    [
      'a credit note',
      'ubl.credit-note',
      '<CreditNote xmlns="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"/>',
    ],
    ['an invoice of a credit note type', 'ubl.credit-note', changed('>380<', '>381<')],
    ['a factored credit note', 'ubl.credit-note', changed('>380<', '>396<')],
    [
      'a correction of an invoice that may be paid already',
      'ubl.type-not-supported',
      changed('>380<', '>384<'),
    ],
    ['an unknown type', 'ubl.type-not-supported', changed('>380<', '>Geheimstra Zwijgend<')],
    ['an unknown currency', 'ubl.currency-unknown', GOOD.replaceAll('EUR', 'XXX')],
    ['a line in another currency', 'ubl.currency-mixed', changed('"EUR">100.00', '"USD">100.00')],
    ['a price in another currency', 'ubl.currency-mixed', changed('"EUR">041', '"USD">041')],
    [
      'a tax total in another currency only',
      'ubl.currency-mixed',
      changed('"EUR">23.85', '"SEK">23.85'),
    ],
    [
      'an amount without a currency',
      'ubl.missing',
      changed('<cbc:TaxableAmount currencyID="EUR">105', '<cbc:TaxableAmount>105'),
    ],
    ['a negative amount to pay', 'ubl.negative-total', changed('140.000', '-140')],
    ['a negative total', 'ubl.negative-total', changed('>148.85', '>-148.85')],
    ['a tenth of a cent', 'ubl.amount-precision', changed('140.000', '140.001')],
    ['half a yen', 'ubl.amount-precision', GOOD.replaceAll('EUR', 'JPY')],
    ['an exponent', 'ubl.amount-invalid', changed('140.000', '1e2')],
    ['a plus sign', 'ubl.amount-invalid', changed('140.000', '+140')],
    ['a decimal comma', 'ubl.amount-invalid', changed('140.000', '140,00')],
    ['digits of another script', 'ubl.amount-invalid', changed('140.000', '١٤٠')],
    ['a lone minus', 'ubl.amount-invalid', changed('140.000', '-')],
    ['a very long number', 'ubl.amount-invalid', changed('140.000', '9'.repeat(60_000))],
    [
      'an amount above ten to the thirteenth',
      'ubl.amount-too-large',
      changed('140.000', '100000000000.01'),
    ],
    [
      'a price for zero units',
      'ubl.amount-invalid',
      changed('<cbc:BaseQuantity>100', '<cbc:BaseQuantity>0.0'),
    ],
    ['a quantity of 21 digits', 'ubl.amount-invalid', changed('>300<', `>${'3'.repeat(21)}<`)],
    [
      'a day that the calendar does not have',
      'ubl.date-invalid',
      changed('2026-02-28', '2026-02-29'),
    ],
    ['a date with a time zone', 'ubl.date-invalid', changed('2026-02-28', '2026-02-28Z')],
    ['neither allowance nor charge', 'ubl.indicator-invalid', changed('>true<', '>yes<')],
    [
      'two invoice numbers',
      'ubl.too-many',
      changed('<cbc:IssueDate>', '<cbc:ID>2</cbc:ID><cbc:IssueDate>'),
    ],
    [
      'two amounts to pay',
      'ubl.too-many',
      changed(
        '<cbc:PayableAmount',
        '<cbc:PayableAmount currencyID="EUR">1</cbc:PayableAmount><cbc:PayableAmount',
      ),
    ],
    [
      'two tax totals in one currency',
      'ubl.too-many',
      changed(
        /<cac:TaxTotal>[\s\S]*<\/cac:TaxTotal>/,
        GOOD.match(/<cac:TaxTotal>[\s\S]*<\/cac:TaxTotal>/)?.[0].repeat(2) ?? '',
      ),
    ],
    [
      '2,001 lines',
      'ubl.too-many',
      changed('<cac:InvoiceLine>', `${'<cac:InvoiceLine/>'.repeat(1_999)}<cac:InvoiceLine>`),
    ],
    ['no line', 'ubl.missing', changed(/<cac:InvoiceLine>[\s\S]*<\/cac:InvoiceLine>/, '')],
    ['no invoice number', 'ubl.missing', changed('>2026-0001<', '>\u200B <')],
    ['too long an invoice number', 'ubl.text-too-long', changed('2026-0001', '1'.repeat(65))],
    [
      'elements where a text belongs',
      'ubl.not-simple',
      changed('2026-0001', '<cbc:Note>1</cbc:Note>'),
    ],
    ['no account', 'ubl.no-account', changed(/<cac:PaymentMeans>.*<\/cac:PaymentMeans>/, '')],
    [
      'an account of other characters',
      'ubl.account-invalid',
      changed('NL91ABNA0417164300', 'NL91ABNA041716430ſ'),
    ],
  ])('refuses %s', (_, expected, text) => {
    expect(code(text)).toBe(expected);
  });

  it('names the element that is missing by its path', () => {
    expect(refusal(utf8(changed(/<cbc:PriceAmount.*6667<\/cbc:PriceAmount>/, '')))?.message).toBe(
      'cac:InvoiceLine[2]/cac:Price/cbc:PriceAmount is missing or empty',
    );
  });
});

describe('keeping quiet about what an invoice says', () => {
  it('never repeats a secret, whichever element or attribute it is put into', () => {
    const places = [...GOOD.matchAll(/(?<=>)[^<>]+(?=<\/)|(?<==")[^"]+(?=")/g)].filter(
      ({ index }) => index > 60,
    );

    expect(places.length).toBeGreaterThan(60);

    for (const { index, 0: value } of places) {
      for (const secret of SECRETS)
        refusal(utf8(GOOD.slice(0, index) + secret + GOOD.slice(index + value.length)));
    }
  });

  it('reads any damaged invoice or refuses it without repeating a secret', () => {
    const good = utf8(GOOD);
    const at = fc.nat(good.length - 1);
    const flip = fc.record({ at, byte: fc.nat(255) }).map(
      ({ at, byte }) =>
        (bytes: Uint8Array) =>
          bytes.with(at % bytes.length, byte),
    );

    const cut = fc
      .record({ at, length: fc.nat(400) })
      .map(({ at, length }) => (bytes: Uint8Array) => {
        return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + length)]);
      });

    const move = fc
      .record({ at, from: at, length: fc.nat(200) })
      .map(({ at, from, length }) => (bytes: Uint8Array) => {
        return Uint8Array.from([
          ...bytes.subarray(0, at),
          ...bytes.subarray(from, from + length),
          ...bytes.subarray(at),
        ]);
      });

    fc.assert(
      fc.property(
        fc.array(fc.oneof(flip, cut, move), { minLength: 1, maxLength: 3 }),
        (damages) => {
          refusal(
            damages.reduce((bytes, damage) => (bytes.length === 0 ? bytes : damage(bytes)), good),
          );
        },
      ),
      { numRuns: 800 },
    );
  });

  it('reads any text in a field or refuses it, and what it reads is JSON', () => {
    const fields = [
      '2026-0001',
      'PO-7',
      'Onbekendia Handel',
      'Geheimstra Zwijgend',
      '+31 555 0199',
      '99 001 abc',
      '140.000',
      '2.50',
    ];

    fc.assert(
      fc.property(
        fc.constantFrom(...fields),
        fc.string({ unit: 'binary', maxLength: 300 }),
        (field, value) => {
          const text = utf8(
            changed(
              field,
              value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
            ),
          );

          if (refusal(text) === undefined)
            expect(() => canonicalJson(readInvoice(text))).not.toThrow();
        },
      ),
      { numRuns: 300 },
    );
  });
});
