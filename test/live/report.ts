import type { Row } from './facts/fact.ts';

/**
 * The attempts as a table of Markdown, to be pasted into an issue: those that disagree are in bold.
 */
export function reportOf(rows: readonly Row[], where: string): string {
  const wrong = rows.filter(({ agrees }) => !agrees).length;
  const cell = ({ seen, agrees }: Row) => (agrees ? seen : `**${seen}**`);

  return [
    `Facts on ${where}: ${rows.length - wrong} as expected, ${wrong} otherwise.`,
    '',
    '| fact | attempt | expected | seen |',
    '|---|---|---|---|',
    ...rows.map((row) => `| ${row.fact} | ${row.attempt} | ${row.expected} | ${cell(row)} |`),
  ].join('\n');
}
