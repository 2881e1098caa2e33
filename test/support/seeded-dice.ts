import { fraction, seededRandom } from '#shared/kernel/index.ts';

/** Choices that are the same for the same seed. */
export interface Dice {
  /** A whole number from 0 to `n` - 1. */
  below(n: number): number;
  one<T>(of: readonly T[]): T;
  /** True `percent` times in a hundred. */
  chance(percent: number): boolean;
  bytes(length: number): Uint8Array;
}

export function dice(seed: string): Dice {
  const random = seededRandom(seed);
  const below = (n: number) => Math.floor(fraction(random) * n);

  return {
    below,
    one<T>(of: readonly T[]): T {
      if (of.length === 0) throw new Error('there is nothing to choose from');
      return of[below(of.length)] as T;
    },
    chance: (percent) => below(100) < percent,
    bytes: (length) => random.bytes(length),
  };
}
