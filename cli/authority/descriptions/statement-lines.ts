import type { LockedStatement } from '#infra/lock/locked-statement.ts';

/**
 * Formats a statement literally, with one value per line, so that statements can be compared by
 * line.
 */
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
    ...valueLines('Principal', Principal),
    ...Action.map((action) => `Action ${action}`),
    ...NotAction.map((action) => `NotAction ${action}`),
    ...Resource.map((arn) => `Resource ${arn}`),
    ...Object.entries(Condition).flatMap(([operator, keys]) => valueLines(operator, keys)),
  ];
}

const valueLines = (name: string, lists: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(lists).flatMap(([key, values]) =>
    values.map((value) => `${name} ${key}: ${value}`),
  );
