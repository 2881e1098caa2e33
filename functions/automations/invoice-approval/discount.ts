/**
 * Discount for early payment in XRechnung: `#SKONTO#TAGE=14#PROZENT=2.00#`, sometimes with
 * `BASISBETRAG=…#`.
 */
const SKONTO = /#SKONTO#TAGE=(\d{1,3})#PROZENT=(\d{1,2}(?:\.\d{1,2})?)#/gi;

/**
 * Describes the discounts for early payment in payment terms; undefined if the terms contain none.
 * Reads only the machine-readable form, not free text.
 *
 * @see XRechnung 3.0, BT-20 and BR-DE-18
 */
export function discountIn(terms: string): string | undefined {
  const offers = [...terms.matchAll(SKONTO)].map(
    ([, days, percent]) => `${percent} % within ${days} days`,
  );
  if (offers.length > 0) return offers.slice(0, 3).join(', ');
  return /#\s*SKONTO\s*#/i.test(terms) ? 'a discount in another form' : undefined;
}
