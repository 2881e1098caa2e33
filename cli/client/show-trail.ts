import type { TrailPage } from '../api/answers.ts';
import type { AddCommand } from '../command/command.ts';
import { Ended } from '../command/ended.ts';
import type { Page } from '../command/page.ts';
import { jsonText } from '../command/visible.ts';
import { doubtInWords, entryInWords } from '../trail/entry-in-words.ts';
import { allPages } from './all-pages.ts';
import { connect } from './connect.ts';
import { findRun } from './find.ts';
import { asksWorkspace, type WorkspaceOptions } from './options.ts';

/** `writ trail`: the evidence of one run. */
export const trail: AddCommand = (program, { out }) => {
  const command = program
    .command('trail')
    .description('the audit entries of a run, oldest first: who did what, why, and what changed')
    .argument('<run>', 'as npx writ runs prints it, or a gate of it as npx writ gates does');

  asksWorkspace(command, 'npx writ trail k3f9x2ab').action(
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

      if (unreadable + doubtfulOf(entries) > 0) throw new Ended(1);
    },
  );
};

interface Trail {
  readonly run: string;
  readonly entries: TrailPage['items'];
  /** How many more there are that are not of the form of an entry. */
  readonly unreadable: number;
}

function showTrail(out: Page, { run, entries, unreadable }: Trail): void {
  out.heading(`Run ${run}`, `${entries.length} entries`);

  let day = '';
  for (const { entry, doubtful } of entries) {
    const its = new Date(entry.time).toISOString().slice(0, 10);
    if (its !== day) out.heading(its, 'UTC');
    day = its;
    showLines(out, entryInWords(entry));
    if (doubtful) out.line(doubtInWords(entry), { deep: 16, style: 'red' });
  }

  const [doubtful, look] = [doubtfulOf(entries), 'somebody should look'];
  if (doubtful > 0)
    out.line(`${doubtful} of them are doubtful: nobody can rely on those, and ${look}.`, {
      style: 'red',
    });

  if (unreadable > 0)
    out.line(`${unreadable} more are not of the form of an entry: ${look}.`, { style: 'red' });
}

const doubtfulOf = (entries: Trail['entries']): number =>
  entries.filter(({ doubtful }) => doubtful).length;

/** Lines as they are laid out; what is too long for one goes on under its beginning. */
function showLines(out: Page, lines: readonly string[]): void {
  for (const line of lines) {
    const text = line.trimStart();
    out.line(text, { deep: 2 + line.length - text.length });
  }
}
