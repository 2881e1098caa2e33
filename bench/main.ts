import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { Row } from './measure.ts';
import { appendRow, memoryRow, sealRow, stepRows } from './rows.ts';

const HELP = `Measures the embedded engine beside baselines of the same run.

Usage: npm run bench [-- OPTIONS]

  --json   print the numbers as one JSON object instead of the table
  --help   this text

Exit code: 0 when every floor holds, 1 when one does not. Times differ from machine to machine and from minute to minute:
compare ratios, and run it while nothing else is running.
`;

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } });
if (values.help) console.log(HELP);
else process.exitCode = await main(values.json);

async function main(json: boolean): Promise<number> {
  const progress = (text: string) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
    else process.stderr.write(`${text}\n`);
  };
  const rows = [...(await stepRows(progress)), memoryRow(progress), await appendRow(progress), sealRow(progress)];
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  if (json) console.log(JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, rows }, undefined, 2));
  else printTable(rows);
  return rows.every(({ met }) => met !== 'no') ? 0 : 1;
}

function printTable(rows: readonly Row[]): void {
  const head = ['what', 'figure', 'baseline, same run', 'ratio', 'floor', 'goal', 'met'];
  const lines = rows.map(({ what, figure, baseline, ratio = '', floor, goal, met }) => [what, figure, baseline, ratio, floor, goal, met]);
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i]?.length ?? 0)));
  const print = (line: readonly string[]) =>
    console.log(
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  print(head);
  print(widths.map((width) => '─'.repeat(width)));
  for (const line of lines) print(line);
  console.log(`\nNode ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}; medians of 7 rounds`);
}
