import type { TrailPage } from '../api/answers.ts';
import type { AddCommand } from '../command/command.ts';
import { CommandExit } from '../command/command-exit.ts';
import type { Page } from '../command/page.ts';
import { jsonText } from '../command/visible.ts';
import { formatDoubt, formatEntry } from '../trail/format-entry.ts';
import { allPages } from './all-pages.ts';
import { connect } from './connect.ts';
import { findRun } from './find.ts';
import { addWorkspaceOptions, type WorkspaceOptions } from './options.ts';

/** `writ trail`: prints the audit entries of one run. */
export const trail: AddCommand = (program, { out }) => {
  const command = program
    .command('trail')
    .description('Print the audit entries of a run, oldest first')
    .argument('<run>', 'id of the run from "writ runs", or of a gate from "writ gates"');

  addWorkspaceOptions(command, 'npx writ trail k3f9x2ab').action(
    async (typed: string, options: WorkspaceOptions) => {
      const api = await connect(options);
      const run = await findRun(api, typed, options);
      let unreadable = 0;
      const entries = await allPages(async (of) => {
        const page = await api.trail(run, of);
        unreadable += page.unreadable;
        return page;
      });

      if (options.json) out.raw(jsonText({ run, entries, unreadable }));
      else showTrail(out, { run, entries, unreadable });

      if (unreadable + countDoubtful(entries) > 0) throw new CommandExit(1);
    },
  );
};

interface Trail {
  readonly run: string;
  readonly entries: TrailPage['items'];
  /** Number of entries that were left out because they do not have the format of an entry. */
  readonly unreadable: number;
}

function showTrail(out: Page, { run, entries, unreadable }: Trail): void {
  out.heading(`Run ${run}`, `${entries.length} entries`);

  let lastDay = '';
  for (const { entry, doubtful } of entries) {
    const day = new Date(entry.time).toISOString().slice(0, 10);
    if (day !== lastDay) out.heading(day, 'UTC');
    lastDay = day;
    showLines(out, formatEntry(entry));
    if (doubtful) out.line(formatDoubt(entry), { deep: 16, style: 'red' });
  }

  const doubtful = countDoubtful(entries);
  if (doubtful > 0)
    out.line(`Doubtful entries: ${doubtful}. Do not rely on them, and investigate.`, {
      style: 'red',
    });

  if (unreadable > 0)
    out.line(`Entries that cannot be read: ${unreadable}. Investigate.`, { style: 'red' });
}

const countDoubtful = (entries: Trail['entries']): number =>
  entries.filter(({ doubtful }) => doubtful).length;

/** Prints lines with their indentation. The continuation of a long line is indented further. */
function showLines(out: Page, lines: readonly string[]): void {
  for (const line of lines) {
    const text = line.trimStart();
    out.line(text, { deep: 2 + line.length - text.length });
  }
}
