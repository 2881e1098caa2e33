/** Length of an IBAN by country: SWIFT, IBAN Registry (ISO 13616-2). */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 ' +
    'FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 ' +
    'LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 ' +
    'SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/**
 * Returns true if `text` is an IBAN in electronic format: upper case, no spaces, the length that is
 * registered for its country, and correct check digits. The account need not exist.
 *
 * @see ISO 13616-1:2020, sections 5 and 6
 */
export function isIban(text: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$/.test(text)) return false;
  if (LENGTHS.get(text.slice(0, 2)) !== text.length) return false;
  // 00, 01 and 99 leave the same remainders as 97, 98 and 02, and are never issued.
  return text.slice(2, 4) === ibanCheckDigits(text.slice(0, 2), text.slice(4));
}

/**
 * Computes the two check digits, from `02` to `98`, for a country and a domestic account number of
 * upper-case letters and digits. Letters count as 10 to 35.
 *
 * @see ISO 7064:2003, mod 97-10
 */
export function ibanCheckDigits(country: string, account: string): string {
  let remainder = 0;
  for (const sign of `${account}${country}00`) {
    const value = Number.parseInt(sign, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return String(98 - remainder).padStart(2, '0');
}
