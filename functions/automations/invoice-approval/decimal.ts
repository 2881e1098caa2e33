/** Exact decimal number: `units` divided by ten to the power of `scale`. */
export interface Decimal {
  readonly units: bigint;
  /** Number of digits after the point, at least 0. {@link parseDecimal} drops trailing zeros. */
  readonly scale: number;
}

/**
 * Maximum number of characters of an accepted text. Leading and trailing zeros are not significant
 * digits, but real numbers have few of them.
 */
const MAX_CHARS = 128;

/**
 * Parses a decimal number exactly. Returns undefined for exponents, a plus sign, thousands
 * separators, and more than `maxDigits` significant digits.
 *
 * @see https://www.w3.org/TR/xmlschema-2/#decimal; the leading plus is left out on purpose
 */
export function parseDecimal(text: string, maxDigits = 20): Decimal | undefined {
  // Checks the length first: matching trailing zeros takes quadratic time.
  if (text.length > MAX_CHARS) return undefined;
  const [, sign, whole = '', part = ''] = /^(-?)(\d*)(?:\.(\d*))?$/.exec(text) ?? [];
  if (sign === undefined || whole + part === '') return undefined;

  const front = whole.replace(/^0+/, '');
  const back = part.replace(/0+$/, '');
  if (front.length + back.length > maxDigits) return undefined;

  return { units: BigInt(`${sign}${front}${back || (front ? '' : '0')}`), scale: back.length };
}

/**
 * Formats a decimal number with as many decimals as its scale, without leading zeros or a negative
 * zero.
 */
export function decimalText({ units, scale }: Decimal): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${units < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`;
}

/** Returns ten to the power of `exponent`, which must not be negative. */
export function tenTo(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

/**
 * Divides and rounds to an integer, with halves rounded away from zero. The divisor must be
 * positive.
 */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  const size = dividend < 0n ? -dividend : dividend;
  const rounded = (2n * size + divisor) / (2n * divisor);
  return dividend < 0n ? -rounded : rounded;
}
