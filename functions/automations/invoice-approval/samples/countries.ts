/** Country-specific data of invented companies: legal forms, places, tax rates and accounts. */
export interface Country {
  readonly code: string;
  readonly forms: readonly [string, ...string[]];
  readonly places: readonly [string, ...string[]];
  readonly streets: readonly [string, ...string[]];
  /** Standard and reduced rate of value added tax, in percent. */
  readonly rates: readonly [string, string];
  /** Bank code that no bank uses. It precedes the account number. */
  readonly bank: string;
  /**
   * Number of digits of the domestic account number after the bank code, without national check
   * digits.
   */
  readonly accountDigits: number;
  readonly calling: string;
}

/** Countries. Their places and streets are also invented. */
export const COUNTRIES: readonly [Country, ...Country[]] = [
  {
    code: 'NL',
    forms: ['B.V.', 'V.O.F.'],
    places: ['Zandermeer', 'Oud-Wielingen'],
    streets: ['Kraaienpad', 'Molensloot'],
    rates: ['21', '9'],
    bank: 'XMPL',
    accountDigits: 10,
    calling: '31',
  },
  {
    code: 'DE',
    forms: ['GmbH', 'KG'],
    places: ['Oberlindau', 'Steinfurtheim'],
    streets: ['Eulengasse', 'Am Alten Wehr'],
    rates: ['19', '7'],
    bank: '00',
    accountDigits: 16,
    calling: '49',
  },
  {
    code: 'BE',
    forms: ['NV', 'SRL'],
    places: ['Sint-Aldegonde', 'Bois-le-Vent'],
    streets: ['Hazelaarsweg', 'Rue du Vieux Puits'],
    rates: ['21', '6'],
    bank: '00',
    accountDigits: 8,
    calling: '32',
  },
  {
    code: 'FR',
    forms: ['SARL', 'SAS'],
    places: ['Montclair-sur-Aube', 'Saint-Évrard'],
    streets: ['Rue des Tilleuls', 'Quai de la Forêt'],
    rates: ['20', '5.5'],
    bank: '00000',
    accountDigits: 18,
    calling: '33',
  },
  {
    code: 'NO',
    forms: ['AS', 'ANS'],
    places: ['Nordhavnvik', 'Bjørkelund'],
    streets: ['Fjellveien', 'Østre Brygge'],
    rates: ['25', '15'],
    bank: '0000',
    accountDigits: 7,
    calling: '47',
  },
  {
    code: 'AT',
    forms: ['GmbH', 'OG'],
    places: ['Hinterwaldkirch', 'Seeblick am Arm'],
    streets: ['Lärchenweg', 'Obere Zeile'],
    rates: ['20', '10'],
    bank: '00000',
    accountDigits: 11,
    calling: '43',
  },
  {
    code: 'SE',
    forms: ['AB', 'HB'],
    places: ['Granköping', 'Västerholma'],
    streets: ['Kvarngatan', 'Södra Stigen'],
    rates: ['25', '12'],
    bank: '000',
    accountDigits: 17,
    calling: '46',
  },
  {
    code: 'ES',
    forms: ['S.L.', 'S.A.'],
    places: ['Villanar del Río', 'Puertoclaro'],
    streets: ['Calle del Almendro', 'Camino Viejo'],
    rates: ['21', '10'],
    bank: '0000',
    accountDigits: 16,
    calling: '34',
  },
];

/** Returns the country with this code. */
export function countryOf(code: string): Country {
  return COUNTRIES.find((country) => country.code === code) ?? COUNTRIES[0];
}
