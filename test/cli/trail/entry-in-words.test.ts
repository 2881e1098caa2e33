import { expect, it } from 'vitest';
import { entryInWords } from '#cli/trail/entry-in-words.ts';
import type { Entry } from '#shared/audit/index.ts';

/** An entry in which one field changed. */
const changed = (target: string, after: unknown) =>
  entryInWords({
    v: 'audit/1',
    writer: 'memo.read#1',
    n: 1,
    time: 0,
    bundle: '0'.repeat(64),
    workspace: 'acme',
    actor: { kind: 'service', id: 'memo.read' },
    action: 'step.done',
    outcome: 'ok',
    changes: [{ target, rev: 1, beforeC: null, afterC: 'c', diff: [{ field: 'finishedAt', after }] }],
  } as unknown as Entry).join('\n');

it('tells the end of a run as a moment, and a field that has its name as what the author put there', () => {
  expect(changed('run#memo#acme#r', 1_800_000_000_000)).toContain('run finishedAt = 2027-01-15T08:00:00.000Z');
  expect(changed('fields#memo#acme#internal#r', '2026-12-24')).toContain('finishedAt = 2026-12-24');
});

it.each(['soon', -1, 8_640_000_000_000_001, null])('is not stopped by an end of a run that is no moment: %j', (after) => {
  expect(changed('run#memo#acme#r', after)).toContain('run finishedAt = ');
});
