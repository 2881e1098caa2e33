import type { Random } from '#shared/kernel/index.ts';
import { ibanCheckDigits } from '../iban.ts';
import { COUNTRIES, type Country } from './countries.ts';
import { between, digits, pick, shuffled } from './dice.ts';

/** Element of an invoice that identifies the supplier. Real suppliers use different elements. */
type IdentifiedBy = 'registration' | 'vat' | 'endpoint' | 'identification';

export interface SampleSupplier {
  /** Id as returned by `readInvoice`. */
  readonly id: string;
  readonly name: string;
  readonly iban: string;
  readonly contact: { readonly name: string; readonly email: string; readonly phone: string };
  readonly identifiedBy: IdentifiedBy;
  /** ISO 3166-1, two letters. */
  readonly country: string;
  readonly street: string;
  readonly place: string;
}

/** Invented words, one for each company, so that no company is real. */
const STEMS = (
  'Brantlo Quillemer Oskevar Tendrix Falumbra Grevisto Hollandrix Ivermond Jastrel Kolvemar Lumbrecht Mirovant Nestaviq Orlandex ' +
  'Pravento Rillstad Sundermo Tarvella Ulmerix Vostrand Wexmoor Yandoria Zelbruck Arvenholt Belmaris Cordavel Dravenmo Elstrade ' +
  'Fendoriq Galvestra Hexamore Ilvarden Jorvanta Kestermo Lindovar Marvelux Nordavix Ostermel Perlanto Quorvane Ravensto Silvamar'
).split(' ');
const TRADES = [
  'Papier',
  'Techniek',
  'Logistik',
  'Bureau',
  'Print',
  'Catering',
  'Garden',
  'Software',
  'Energi',
  'Facility',
] as const;
const FIRST = [
  'Aldo',
  'Brechtje',
  'Cyriel',
  'Dorthe',
  'Élodie',
  'Falko',
  'Gudrun',
  'Henk-Jan',
  'Íñigo',
  'Jorunn',
  'Käthe',
  'Lubbert',
] as const;
const LAST = [
  'Amstelbeek',
  'Brövermann',
  'Chênevert',
  'Dalsgård',
  'Eikenboom',
  'Fjellström',
  'Grünhagen',
  'Houtkoper',
  "O'Varda",
] as const;
const WAYS: readonly [IdentifiedBy, ...IdentifiedBy[]] = [
  'registration',
  'vat',
  'registration',
  'endpoint',
  'registration',
  'identification',
];

/** Generates `count` suppliers (at most 42). No two have the same name, identifier or account. */
export function sampleSuppliers(random: Random, count: number): SampleSupplier[] {
  return shuffled(random, STEMS)
    .slice(0, count)
    .map((stem, i) => sampleSupplier(random, stem, i));
}

function sampleSupplier(random: Random, stem: string, i: number): SampleSupplier {
  const country = pick(random, COUNTRIES);
  const identifiedBy = WAYS[i % WAYS.length] ?? WAYS[0];
  const trade = pick(random, TRADES);
  const [first, last] = [pick(random, FIRST), pick(random, LAST)];
  // The serial number at the end makes the number unique for any random digits.
  const number = `99${digits(random, 4)}${String(i).padStart(2, '0')}`;

  return {
    id: identifiedBy === 'vat' ? `${country.code}${number}0` : number,
    name: `${stem} ${trade} ${pick(random, country.forms)}`,
    iban: sampleIban(random, country),
    contact: {
      name: `${first} ${last}`,
      email: `${ascii(first)}.${ascii(last)}@${stem.toLowerCase()}-${trade.toLowerCase()}.example`,
      phone: `+${country.calling} 555 01 ${digits(random, 2)} ${digits(random, 2)}`,
    },
    identifiedBy,
    country: country.code,
    street: `${pick(random, country.streets)} ${between(random, 1, 240)}`,
    place: pick(random, country.places),
  };
}

/**
 * Generates an IBAN of `country` with correct length and check digits, at a bank that does not
 * exist.
 */
export function sampleIban(random: Random, country: Country): string {
  let account = country.bank + digits(random, country.accountDigits);
  // A Belgian account number ends in the remainder of its other digits modulo 97, or 97 instead of
  // 0.
  if (country.code === 'BE') account += String(Number(account) % 97 || 97).padStart(2, '0');
  return `${country.code}${ibanCheckDigits(country.code, account)}${account}`;
}

function ascii(name: string): string {
  return name
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase();
}
