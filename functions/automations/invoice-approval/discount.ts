/**
 * A discount for early payment as XRechnung writes it: `#SKONTO#TAGE=14#PROZENT=2.00#`, with
 * `BASISBETRAG=…#` at times.
 */
const SKONTO = /#SKONTO#TAGE=(\d{1,3})#PROZENT=(\d{1,2}(?:\.\d{1,2})?)#/gi;

/**
 * The discounts for early payment that terms of payment offer, in words, or nothing. Only what is
 * written for machines is read; free text is not.
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
