import { describe, expect, it } from 'vitest';
import { days, hours, ManualClock, minutes, seconds, systemTimers } from '#shared/kernel/index.ts';

describe('a manual clock', () => {
  it('stands still until it is told to move, and may step back', () => {
    const clock = new ManualClock(1_000);
    expect([clock.now(), clock.now()]).toEqual([1_000, 1_000]);
    clock.advance(seconds(2));
    expect(clock.now()).toBe(3_000);
    clock.advance(-2_500);
    expect(clock.now()).toBe(500);
  });
});

describe('lengths of time', () => {
  it('are milliseconds', () => {
    expect([seconds(1), minutes(1), hours(1), days(1)]).toEqual([
      1_000, 60_000, 3_600_000, 86_400_000,
    ]);
  });
});

describe("the machine's timers", () => {
  it('call once, and not at all when prevented', async () => {
    let calls = 0;
    const prevent = systemTimers.after(0, () => calls++);
    systemTimers.after(0, () => calls++);
    prevent();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(calls).toBe(1);
  });
});
