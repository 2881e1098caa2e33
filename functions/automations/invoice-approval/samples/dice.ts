import { fraction, type Random } from '#shared/kernel/index.ts';

/** Returns a random integer from `min` to `max`, inclusive. */
export function between(random: Random, min: number, max: number): number {
  return min + Math.floor(fraction(random) * (max - min + 1));
}

/** Returns a random element of `choices`. */
export function pick<T>(random: Random, choices: readonly [T, ...T[]]): T {
  return choices[between(random, 0, choices.length - 1)] ?? choices[0];
}

/** Returns true with a probability of `percent` in 100. */
export function chance(random: Random, percent: number): boolean {
  return fraction(random) * 100 < percent;
}

/** Returns `count` random decimal digits. */
export function digits(random: Random, count: number): string {
  return Array.from({ length: count }, () => between(random, 0, 9)).join('');
}

/** Returns the items in random order. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: fraction(random) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
