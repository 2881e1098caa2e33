/**
 * ISO 4217 codes by number of minor digits, except funds, metals, test codes and units of account.
 */
const CODES_BY_DIGITS: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE ' +
    'CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD ' +
    'KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR ' +
    'PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU ' +
    'UZS VES WST XCD XCG YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
};

const MINOR_DIGITS: ReadonlyMap<string, number> = new Map(
  Object.entries(CODES_BY_DIGITS).flatMap(([digits, codes]) =>
    codes.split(' ').map((code) => [code, Number(digits)] as const),
  ),
);

/**
 * Returns the number of digits after the decimal point of an amount in `currency`: 0, 2 or 3.
 * Undefined for a code that is not in ISO 4217.
 *
 * @example
 * ```ts
 * import { minorDigitsOf } from 'writ';
 *
 * minorDigitsOf('EUR'); // 2
 * minorDigitsOf('JPY'); // 0
 * minorDigitsOf('XXX'); // undefined
 * ```
 */
export function minorDigitsOf(currency: string): number | undefined {
  return MINOR_DIGITS.get(currency);
}

/**
 * Formats an amount in minor units for people.
 *
 * @example
 * ```ts
 * import { formatMoney } from 'writ';
 *
 * formatMoney(1_250_000, 'EUR'); // 'EUR 12,500.00'
 * formatMoney(-500, 'JPY'); // 'JPY -500'
 * ```
 */
export function formatMoney(minor: number, currency: string): string {
  const places = minorDigitsOf(currency) ?? 2;
  const digits = String(Math.abs(minor)).padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ',');
  const sign = minor < 0 ? '-' : '';
  return `${currency === '' ? '' : `${currency} `}${sign}${whole}${places === 0 ? '' : `.${digits.slice(-places)}`}`;
}
