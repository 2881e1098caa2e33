import type { AddCommand } from '../command/command.ts';
import type { Page } from '../command/page.ts';
import { jsonText } from '../command/visible.ts';
import { entryInWords } from '../demo/timeline.ts';
import { allPages } from './all-pages.ts';
import { connect } from './connect.ts';
import { findRun } from './find.ts';
import { asksWorkspace, type WorkspaceOptions } from './options.ts';

/** `writ trail`: the evidence of one run. */
export const trail: AddCommand = (program, { out }) => {
  const command = program
    .command('trail')
    .description('the audit entries of a run, oldest first: who did what, why, and what changed')
    .argument('<run>', 'as npx writ runs prints it');
  asksWorkspace(command, 'npx writ trail k3f9x2ab').action(async (typed: string, options: WorkspaceOptions) => {
    const api = await connect(options);
    const run = await findRun(api, typed, options);
    const entries = await allPages((page) => api.trail(run, page));
    if (options.json) {
      out.raw(jsonText({ run, entries }));
      return;
    }
    out.heading(`Run ${run}`, `${entries.length} entries`);
    for (const { entry } of entries) showLines(out, entryInWords(entry));
  });
};

/** Lines as they are laid out; what is too long for one goes on under its beginning. */
function showLines(out: Page, lines: readonly string[]): void {
  for (const line of lines) {
    const text = line.trimStart();
    out.line(text, { deep: 2 + line.length - text.length });
  }
}
