import { describe, expect, it } from 'vitest';
import type { Run } from '#cli/api/answers.ts';
import { waitUntilSettled } from '#cli/client/wait-until-settled.ts';
import { Page } from '#cli/command/page.ts';

type Look = Pick<Run, 'status' | 'stage'> & Partial<Pick<Run, 'steps'>>;

/** A run that is looked at, as it stands each time. */
function looks(...each: readonly Look[]) {
  const said: string[] = [];
  const err = new Page({
    write: (text: string) => said.push(text),
  } as unknown as NodeJS.WriteStream);
  let count = 0;

  const look = async () =>
    ({
      id: 'acme.invoice-approval.r1',
      steps: [],
      ...each[Math.min(count++, each.length - 1)],
    }) as Run;

  return { said, count: () => count, result: waitUntilSettled(look, err, [0, 0, 0]) };
}

describe('waiting for a run', () => {
  it.each(['waiting', 'parked', 'done', 'rejected'] as const)(
    'ends when it is %s, and told each stage once',
    async (status) => {
      const { said, result } = looks(
        { status: 'running', stage: 'checking' },
        { status: 'running', stage: 'checking' },
        { status, stage: 'end' },
      );
      expect((await result).status).toBe(status);
      expect(said).toEqual(['in stage checking …\n']);
    },
  );

  it('asks once when there is nothing to wait for', async () => {
    const { count, result } = looks({ status: 'done', stage: 'done' });
    await result;
    expect(count()).toBe(1);
  });

  it('ends when a step waits for something outside, once that takes longer', async () => {
    const waiting = {
      since: '2026-01-02T00:00:00.000Z',
      nextAttemptAt: '2026-01-02T00:01:00.000Z',
      code: 'vendor.unreachable',
      reason: 'x',
    };

    const tried = (attempts: number): Look => ({
      status: 'running',
      stage: 'paying',
      steps: [{ name: 'pay', state: 'ready', attempts, waiting }],
    });

    const { count, result } = looks(tried(1), tried(4), tried(5));
    expect((await result).steps[0]).toMatchObject({ attempts: 5, waiting });
    expect(count()).toBe(3);
  });

  it('is given up at some time, which does nothing to the run', async () => {
    const { count, result } = looks({ status: 'running', stage: 'paying' });
    await expect(result).rejects.toMatchObject({ code: 'run.under-way' });
    expect(count()).toBe(4);
  });
});
