import { createHash, randomFillSync } from 'node:crypto';

/** Source of random bytes for keys, ids, initialisation vectors and jitter. */
export interface Random {
  /** Returns `length` fresh, unpredictable bytes. The caller owns them. */
  bytes(length: number): Uint8Array;
}

const POOL_BYTES = 8_192;

/**
 * The operating system's generator, read in larger chunks because a call costs more than the bytes.
 */
export function systemRandom(): Random {
  let pool = Buffer.alloc(0);
  let used = 0;

  return {
    bytes(length) {
      if (length > POOL_BYTES / 4) return randomFillSync(new Uint8Array(length));

      if (used + length > pool.length) {
        pool = randomFillSync(Buffer.alloc(POOL_BYTES));
        used = 0;
      }

      const bytes = Uint8Array.prototype.slice.call(pool, used, used + length);

      pool.fill(0, used, used + length); // returned bytes are not kept
      used += length;

      return bytes;
    },
  };
}

/**
 * Deterministic bytes from a seed, for tests, samples and replays. Never use it for keys that
 * protect data.
 */
export function seededRandom(seed: string): Random {
  let counter = 0;
  let block = Buffer.alloc(0);

  return {
    bytes(length) {
      const out = Buffer.alloc(length);
      for (let i = 0; i < length; i++) {
        if (block.length === 0)
          block = createHash('sha256').update(`${seed}/${counter++}`).digest();
        out[i] = block[0] as number;
        block = block.subarray(1);
      }

      return new Uint8Array(out);
    },
  };
}

/** Returns a number from 0 (included) to 1 (excluded) with 32 bits of randomness. */
export function fraction(random: Random): number {
  const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4);
  return (((a * 256 + b) * 256 + c) * 256 + d) / 2 ** 32;
}
