import { type Clock, MINUTE, newId, type Random } from '#shared/kernel/index.ts';

/**
 * How many may be open. Whoever wants to push somebody's out must ask for so many between that
 * one's two requests.
 */
const OPEN_MAX = 4_096;

/** Challenges of 128 random bits. Each can be answered once, within a minute. */
export interface Challenges {
  /** A new one. When there are too many, the oldest is dropped. */
  give(): string;
  /** Ends one. @returns whether it was open. */
  take(challenge: string): boolean;
}

export function challenges(clock: Clock, random: Random): Challenges {
  /** When each was given, oldest first. */
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
