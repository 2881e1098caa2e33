import type { LockedStatement } from '#infra/lock/locked-statement.ts';

/** A statement as it is, one value a line, so that two can be compared line by line. */
export function statementLines({
  Sid,
  Effect,
  Principal = {},
  Action = [],
  NotAction = [],
  Resource = [],
  Condition = {},
}: LockedStatement): string[] {
  return [
    [Effect, Sid].filter(Boolean).join(' '),
    ...named('Principal', Principal),
    ...Action.map((action) => `Action ${action}`),
    ...NotAction.map((action) => `NotAction ${action}`),
    ...Resource.map((arn) => `Resource ${arn}`),
    ...Object.entries(Condition).flatMap(([operator, keys]) => named(operator, keys)),
  ];
}

const named = (what: string, lists: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(lists).flatMap(([key, values]) =>
    values.map((value) => `${what} ${key}: ${value}`),
  );
