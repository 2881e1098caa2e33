import type { GateSummary } from '../api/answers.ts';
import type { AddCommand } from '../command/command.ts';
import type { Page } from '../command/page.ts';
import { jsonText } from '../command/visible.ts';
import { allPages } from './all-pages.ts';
import { connect } from './connect.ts';
import { shortGate } from './find.ts';
import { formatMoment } from './format.ts';
import { addWorkspaceOptions, repeatedOptions, type WorkspaceOptions } from './options.ts';
import { workspaceFor } from './workspace.ts';

/** `writ gates`: lists the gates that wait for a decision, oldest first. */
export const gates: AddCommand = (program, { out, err }) => {
  const command = program
    .command('gates')
    .description('List the gates that wait for a decision, oldest first');

  addWorkspaceOptions(command, 'npx writ gates').action(async (options: WorkspaceOptions) => {
    const api = await connect(options);
    const workspace = await workspaceFor(api, options);
    const onNextPage = (count: number) => err.line(`${count} gates so far …`, { style: 'dim' });
    const found = await allPages((page) => api.gates({ ...page, workspace }), { onNextPage });
    if (options.json) out.raw(jsonText({ gates: found }));
    else show(out, found, { ...options, workspace });
  });
};

function show(
  out: Page,
  found: readonly GateSummary[],
  { workspace, ...options }: WorkspaceOptions & { readonly workspace: string },
): void {
  const more = repeatedOptions(options);
  if (found.length === 0) {
    out.line(`No gate that you may see is waiting in ${workspace}.`);
    return;
  }

  for (const gate of found) {
    out.heading(
      shortGate(gate.id),
      `${gate.automation}, for ${gate.decidedBy}, until ${formatMoment(gate.expiresAt)}`,
    );
    for (const { rule, says } of gate.hits) out.line(`${rule}: ${says}`, { deep: 2 });
  }

  out.line('');

  out.line(`Show a gate:  npx writ gate ID${more}`, { style: 'dim' });
  out.line(
    `Decide:       npx writ approve ID --reason "…"${more}   or   npx writ reject ID --reason "…"${more}`,
    {
      style: 'dim',
    },
  );
}
