import { DAY, type DurationMs, HOUR, MINUTE, SECOND } from '#shared/kernel/index.ts';

const UNITS = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', SECOND],
] as const;

/**
 * Formats a duration in the largest unit that divides it: `14 days`, `90 seconds`, `1 minute`,
 * `1500 ms`.
 */
export function formatDuration(ms: DurationMs): string {
  const [unit, length] = UNITS.find(([, of]) => ms % of === 0) ?? ['ms', 1];
  const n = ms / length;
  return `${n} ${unit}${n === 1 || unit === 'ms' ? '' : 's'}`;
}
