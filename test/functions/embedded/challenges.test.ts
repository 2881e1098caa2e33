import { beforeEach, describe, expect, it } from 'vitest';
import { type Challenges, challenges } from '#functions/embedded/challenges.ts';
import { ManualClock, MINUTE, seededRandom } from '#shared/kernel/index.ts';

describe('a challenge', () => {
  let clock: ManualClock;
  let open: Challenges;

  beforeEach(() => {
    clock = new ManualClock(0);
    open = challenges(clock, seededRandom('challenges'));
  });

  it('is taken once', () => {
    const [one, other] = [open.give(), open.give()];
    expect([open.take(one), open.take(one), open.take(other)]).toEqual([true, false, true]);
  });

  it('is taken within a minute', () => {
    const [early, late] = [open.give(), open.give()];
    clock.advance(MINUTE);
    expect(open.take(early)).toBe(true);
    clock.advance(1);
    expect(open.take(late)).toBe(false);
  });

  it('that was never given is not taken', () => {
    open.give();
    expect(open.take('')).toBe(false);
  });

  it('is dropped for newer ones only after more than four thousand', () => {
    const given = Array.from({ length: 4_097 }, () => open.give());
    expect([
      open.take(given[0] ?? ''),
      open.take(given[1] ?? ''),
      open.take(given.at(-1) ?? ''),
    ]).toEqual([false, true, true]);
  });
});
