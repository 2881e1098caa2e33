import { expect, it } from 'vitest';
import { entriesCheck } from '#cli/verify/entries.ts';
import type { Entry } from '#shared/audit/index.ts';

const CLAIM = 'claim#payment#acme#r1.pay';
const DECISION = 'decision#payment#acme#r1.approve';

/** The entry of a claim, as far as it is compared. */
const claimed = (rev: number, decisions?: readonly string[]) =>
  ({
    action: 'effect.claim',
    outcome: 'ok',
    writer: 'payment.pay#1',
    step: 'pay',
    actor: { kind: 'service', id: 'payment.pay' },
    workspace: 'acme',
    run: 'r1',
    changes: [{ target: CLAIM, rev, beforeC: null, afterC: 'c' }],
    why: decisions === undefined ? undefined : { decisions },
  }) as unknown as Entry;

function problemsOf(entries: readonly Entry[], decisions: readonly string[]): readonly string[] {
  const check = entriesCheck();
  for (const [i, entry] of entries.entries()) check.onEntry(entry, `pay / ${i + 1}`);
  check.onDocument({ target: CLAIM, rev: 9, commitment: 'c', body: { decisions: [...decisions] } });
  return check.problems().filter((problem) => problem.includes('other decisions than it names'));
}

it('an entry of a claim that names other decisions than the claim holds is found', () => {
  expect(problemsOf([claimed(1, [DECISION])], [DECISION])).toEqual([]);
  expect(problemsOf([claimed(1)], [DECISION])).toHaveLength(1);
  expect(problemsOf([claimed(1, [DECISION])], [])).toHaveLength(1);
});

it('of a claim that was made again the last entry counts, in whatever order entries come', () => {
  expect(problemsOf([claimed(3, [DECISION]), claimed(1)], [DECISION])).toEqual([]);
  expect(problemsOf([claimed(1, [DECISION]), claimed(3)], [DECISION])).toEqual([
    expect.stringContaining('pay / 2'),
  ]);
});
