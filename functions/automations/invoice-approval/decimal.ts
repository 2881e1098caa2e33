/** An exact decimal number: `units` divided by ten to the power of `scale`. */
export interface Decimal {
  readonly units: bigint;
  /** Digits after the point, at least 0; {@link parseDecimal} drops trailing zeros. */
  readonly scale: number;
}

/**
 * The longest text that is looked at. Zeros at either end are no significant digits, but nobody
 * writes so many.
 */
const MAX_CHARS = 128;

/**
 * A decimal number from its text, exactly, or nothing when the text is none: an exponent, a plus
 * sign, a thousands separator and more than `maxDigits` significant digits are all refused.
 *
 * @see https://www.w3.org/TR/xmlschema-2/#decimal, of which the leading plus is left out on
 *   purpose
 */
export function parseDecimal(text: string, maxDigits = 20): Decimal | undefined {
  // Bounded before any pattern runs: looking for trailing zeros takes time with the square of the
  // length.
  if (text.length > MAX_CHARS) return undefined;
  const [, sign, whole = '', part = ''] = /^(-?)(\d*)(?:\.(\d*))?$/.exec(text) ?? [];
  if (sign === undefined || whole + part === '') return undefined;

  const front = whole.replace(/^0+/, '');
  const back = part.replace(/0+$/, '');
  if (front.length + back.length > maxDigits) return undefined;

  return { units: BigInt(`${sign}${front}${back || (front ? '' : '0')}`), scale: back.length };
}

/**
 * The text of a decimal number: as many digits after the point as its scale says, no leading zeros,
 * no negative zero.
 */
export function decimalText({ units, scale }: Decimal): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${units < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`;
}

/** Ten to the power of `exponent`, which is not negative. */
export function tenTo(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

/**
 * `dividend / divisor` rounded to a whole number, halves away from zero. The divisor is positive.
 */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  const size = dividend < 0n ? -dividend : dividend;
  const rounded = (2n * size + divisor) / (2n * divisor);
  return dividend < 0n ? -rounded : rounded;
}
