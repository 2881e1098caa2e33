import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { accessRows } from './access.ts';
import { coldStartRows } from './cold-start.ts';
import { httpRows } from './http.ts';
import { loadRows } from './load.ts';
import type { Row } from './measure.ts';
import { appendRow, memoryRow, sealRow, stepRows } from './rows.ts';

const HELP = `Measure the embedded engine, access decisions, function starts and API requests
against baselines of the same run.

Usage: npm run bench [-- OPTIONS]

  --only NAMES   measure only these, separated by commas: steps, memory, load, append, seal,
                 access, start, http
  --json         print the numbers as one JSON object instead of the table
  --help         show this help

Exit codes: 0 if every floor holds, 1 if one does not, 2 for an unknown option.
Times vary between machines and minutes: compare ratios, on an idle machine.
`;

type Measure = (progress: (text: string) => void) => Promise<readonly Row[]>;

const MEASURES: Readonly<Record<string, Measure>> = {
  steps: stepRows,
  memory: async (progress) => [memoryRow(progress)],
  load: loadRows,
  append: async (progress) => [await appendRow(progress)],
  seal: async (progress) => [sealRow(progress)],
  access: accessRows,
  start: coldStartRows,
  http: httpRows,
};

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(MEASURES).join(',') },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(HELP);
else process.exitCode = await main(values.only.split(','), values.json);

async function main(only: readonly string[], json: boolean): Promise<number> {
  const unknown = only.filter((name) => !Object.hasOwn(MEASURES, name));
  if (unknown.length > 0) {
    console.error(
      `unknown measurement ${unknown.join(', ')}; allowed are ${Object.keys(MEASURES).join(', ')}`,
    );
    return 2;
  }

  const progress = (text: string) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
    else process.stderr.write(`${text}\n`);
  };

  const rows: Row[] = [];

  for (const name of only) rows.push(...((await MEASURES[name]?.(progress)) ?? []));

  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');

  if (json)
    console.log(
      JSON.stringify(
        { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, rows },
        undefined,
        2,
      ),
    );
  else printTable(rows);

  return rows.every(({ met }) => met !== 'no') ? 0 : 1;
}

function printTable(rows: readonly Row[]): void {
  const head = ['what', 'figure', 'baseline, same run', 'ratio', 'floor', 'goal', 'met'];

  const lines = rows.map(({ what, figure, baseline, ratio = '', floor, goal, met }) => [
    what,
    figure,
    baseline,
    ratio,
    floor,
    goal,
    met,
  ]);

  const widths = head.map((title, i) =>
    Math.max(title.length, ...lines.map((line) => line[i]?.length ?? 0)),
  );

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

  console.log(
    `\nNode ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}; medians of 7 rounds, of starts 11`,
  );
}
