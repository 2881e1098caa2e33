import { InvalidInputError, minorDigitsOf } from 'writ';
import { decimalText, parseDecimal, tenTo } from './decimal.ts';
import type { UblErrorCode } from './ubl-error-codes.ts';

/** Maximum absolute amount, in minor units. A sum of 1,000 such amounts fits in 64 bits. */
const MAX_MINOR_UNITS = 10_000_000_000_000;

/**
 * Returns the number of decimals of `currency`: 0, 2 or 3.
 *
 * @throws {@link InvalidInputError} `ubl.currency-unknown` for a code that is not in the table.
 * @see ISO 4217:2015, list one
 */
export function minorDigits(currency: string): number {
  const digits = minorDigitsOf(currency);
  if (digits !== undefined) return digits;
  const shown = /^[A-Z]{3}$/.test(currency) ? currency : 'something else';
  throw new InvalidInputError<UblErrorCode>(
    'ubl.currency-unknown',
    `the currency is ${shown}; expected a current code of ISO 4217`,
  );
}

/**
 * Parses an amount exactly. Returns an integer in minor units of `currency`.
 *
 * @throws {@link InvalidInputError} `ubl.amount-invalid` for text that is not a decimal number;
 *   `ubl.amount-precision` for nonzero digits beyond the minor unit; `ubl.amount-too-large` above
 *   {@link MAX_MINOR_UNITS} in absolute value.
 */
export function parseAmount(text: string, currency: string, path: string): number {
  const digits = minorDigits(currency);
  const decimal = parseDecimal(text, 64);
  if (decimal === undefined) {
    throw new InvalidInputError<UblErrorCode>(
      'ubl.amount-invalid',
      `${path} is not a decimal number; allowed: digits, one point and a minus sign`,
      {
        path,
      },
    );
  }

  if (decimal.scale > digits) {
    throw new InvalidInputError<UblErrorCode>(
      'ubl.amount-precision',
      `${path} has ${decimal.scale} decimals; ${currency} has ${digits}`,
      {
        path,
        seen: decimal.scale,
        limit: digits,
      },
    );
  }

  const minor = decimal.units * tenTo(digits - decimal.scale);
  if (minor > BigInt(MAX_MINOR_UNITS) || minor < -BigInt(MAX_MINOR_UNITS)) throw tooLarge(path);

  return Number(minor);
}

/**
 * Sums amounts in minor units.
 *
 * @throws {@link InvalidInputError} `ubl.amount-too-large` when the sum exceeds
 *   {@link MAX_MINOR_UNITS}.
 */
export function sumAmounts(amounts: readonly number[], path: string): number {
  const sum = amounts.reduce((total, amount) => total + BigInt(amount), 0n);
  if (sum > BigInt(MAX_MINOR_UNITS) || sum < -BigInt(MAX_MINOR_UNITS)) throw tooLarge(path);
  return Number(sum);
}

/** Formats an amount with all digits of its currency: `1234.50 EUR`. */
export function amountText(minor: number | bigint, currency: string): string {
  return `${decimalText({ units: BigInt(minor), scale: minorDigits(currency) })} ${currency}`;
}

function tooLarge(path: string): InvalidInputError<UblErrorCode> {
  const limit = MAX_MINOR_UNITS;
  return new InvalidInputError<UblErrorCode>(
    'ubl.amount-too-large',
    `${path} is larger than ${limit} minor units`,
    {
      path,
      limit,
    },
  );
}
