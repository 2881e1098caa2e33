import { fraction, type Random } from '#shared/kernel/index.ts';

/** A whole number from `min` to `max`, both included. */
export function between(random: Random, min: number, max: number): number {
  return min + Math.floor(fraction(random) * (max - min + 1));
}

/** One of `choices`, which has at least one. */
export function pick<T>(random: Random, choices: readonly [T, ...T[]]): T {
  return choices[between(random, 0, choices.length - 1)] ?? choices[0];
}

/** Whether something that happens `percent` times in a hundred happens now. */
export function chance(random: Random, percent: number): boolean {
  return fraction(random) * 100 < percent;
}

/** `count` decimal digits. */
export function digits(random: Random, count: number): string {
  return Array.from({ length: count }, () => between(random, 0, 9)).join('');
}

/** The same things in another order. */
export function shuffled<T>(random: Random, things: readonly T[]): T[] {
  return things
    .map((thing) => ({ thing, at: fraction(random) }))
    .sort((a, b) => a.at - b.at)
    .map(({ thing }) => thing);
}
