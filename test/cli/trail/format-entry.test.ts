import { expect, it } from 'vitest';
import { formatEntry } from '#cli/trail/format-entry.ts';
import type { Entry } from '#shared/audit/index.ts';

/** An entry in which one field changed. */
const changed = (target: string, after: unknown, field = 'finishedAt', before?: unknown) =>
  formatEntry({
    v: 'audit/1',
    writer: 'memo.read#1',
    n: 1,
    time: 0,
    bundle: '0'.repeat(64),
    workspace: 'acme',
    actor: { kind: 'service', id: 'memo.read' },
    action: 'step.done',
    outcome: 'ok',
    changes: [{ target, rev: 1, beforeC: null, afterC: 'c', diff: [{ field, before, after }] }],
  } as unknown as Entry).join('\n');

it('tells the end of a run as a moment, and a field that has its name as what the author put there', () => {
  expect(changed('run#memo#acme#r', 1_800_000_000_000)).toContain(
    'run finishedAt = 2027-01-15T08:00:00.000Z',
  );
  expect(changed('fields#memo#acme#internal#r', '2026-12-24')).toContain('finishedAt = 2026-12-24');
});

it.each(['soon', -1, 8_640_000_000_000_001, null])(
  'is not stopped by an end of a run that is no moment: %j',
  (after) => {
    expect(changed('run#memo#acme#r', after)).toContain('run finishedAt = ');
  },
);

it('says what a run reserved of a record, and how much of it is used', () => {
  const reservation = (after: unknown, before?: unknown) =>
    changed('reservation#memo#acme#r.match', after, 'order.PO%2F7', before);

  expect(reservation({ amounts: { total: 500 }, state: 'held' })).toContain(
    'order.PO/7: 500 of its total reserved',
  );
  expect(reservation({ amounts: { total: 500 }, state: 'short' })).toContain(
    'order.PO/7: 500 of its total asked for and not reserved',
  );
  expect(reservation('released', 'held')).toContain('order.PO/7: reserved → given back');
  expect(changed('balance#memo#acme#order.PO%2F7', 500, 'total', 0)).toContain(
    'order.PO/7: used of its total 0 → 500',
  );
});
