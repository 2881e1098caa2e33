import { type Clock, MINUTE, newId, type Random } from '#shared/kernel/index.ts';

/**
 * Maximum number of open challenges. To displace another client's challenge, an attacker must send
 * this many requests between that client's two requests.
 */
const OPEN_MAX = 4_096;

/** Challenges of 128 random bits. Each can be answered only once, and only within a minute. */
export interface Challenges {
  /** Creates a challenge. If too many are open, drops the oldest. */
  give(): string;
  /** Removes a challenge and returns whether it was open. */
  take(challenge: string): boolean;
}

export function challenges(clock: Clock, random: Random): Challenges {
  /** Creation times of challenges, oldest first. */
  const open = new Map<string, number>();
  return {
    give() {
      const challenge = newId(random);
      open.set(challenge, clock.now());
      for (const [oldest, at] of open) {
        if (open.size <= OPEN_MAX && clock.now() - at <= MINUTE) break;
        open.delete(oldest);
      }
      return challenge;
    },
    take(challenge) {
      const at = open.get(challenge);
      open.delete(challenge);
      return at !== undefined && clock.now() - at <= MINUTE;
    },
  };
}
