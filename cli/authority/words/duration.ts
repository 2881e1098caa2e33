import { DAY, type DurationMs, HOUR, MINUTE, SECOND } from '#shared/kernel/index.ts';

const UNITS = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', SECOND],
] as const;

/**
 * A time in the largest unit that it is a whole number of: `14 days`, `90 seconds`, `1 minute`,
 * `1500 ms`.
 */
export function durationInWords(ms: DurationMs): string {
  const [unit, length] = UNITS.find(([, of]) => ms % of === 0) ?? ['ms', 1];
  const n = ms / length;
  return `${n} ${unit}${n === 1 || unit === 'ms' ? '' : 's'}`;
}
