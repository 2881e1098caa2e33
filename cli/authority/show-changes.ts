import type { Page } from '#cli/command/page.ts';
import type { AuthorityLock } from '#infra/lock/lock.ts';
import type { LockedStatement } from '#infra/lock/locked-statement.ts';
import { type Change, type Direction, toSentences } from './changes/change.ts';
import { statementsByName } from './changes/statements.ts';
import { statementLines } from './descriptions/statement-lines.ts';

const TITLES: Readonly<Record<Direction, string>> = {
  wider: 'Wider',
  narrower: 'Narrower',
  same: 'Neither',
};
const STYLES = { wider: 'yellow', narrower: 'green', same: 'dim' } as const;

/** Prints changes as sentences, grouped by direction. */
export function showChanges(page: Page, changes: readonly Change[]): void {
  for (const [direction, of] of Map.groupBy(changes, (change) => change.direction)) {
    page.heading(TITLES[direction], `${of.length} change${of.length === 1 ? '' : 's'}`);
    for (const text of toSentences(of)) page.line(text, { deep: 2, style: STYLES[direction] });
  }
}

/**
 * Prints the changed statements line by line. Removed lines start with `-`, added lines with `+`.
 */
export function showStatementChanges(
  page: Page,
  [before, after]: readonly [before: AuthorityLock, after: AuthorityLock],
): void {
  const [was, is] = [statementsOf(before), statementsOf(after)];
  for (const about of new Set([...is.keys(), ...was.keys()])) {
    const [one, other] = [was.get(about), is.get(about)];
    const [lines, linesNow] = [
      one === undefined ? [] : statementLines(one),
      other === undefined ? [] : statementLines(other),
    ];
    if (lines.join('\n') === linesNow.join('\n')) continue;

    page.heading(about);

    for (const line of lines)
      if (!linesNow.includes(line)) page.line(`- ${line}`, { deep: 2, style: 'red' });

    for (const line of linesNow)
      page.line(lines.includes(line) ? `  ${line}` : `+ ${line}`, {
        deep: 2,
        style: lines.includes(line) ? 'dim' : 'green',
      });
  }
}

/** Returns every statement by its owner and its name. */
function statementsOf({
  functions,
  callers,
  everyRole,
  resources,
}: AuthorityLock): Map<string, LockedStatement> {
  const all = [
    ...Object.entries(functions).map(([name, { statements }]) => [name, statements] as const),
    ...Object.entries(callers).map(
      ([name, statements]) => [`the caller of ${name}`, statements] as const,
    ),
    ...Object.entries({ ...everyRole, ...resources }),
  ];
  return new Map(
    all.flatMap(([about, of]) =>
      [...statementsByName(of)].map(([name, statement]) => [`${about}  ${name}`, statement]),
    ),
  );
}
