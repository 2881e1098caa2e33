import type { Gate } from '../api/answers.ts';
import type { AddCommand } from '../command/command.ts';
import type { Page } from '../command/page.ts';
import { jsonText } from '../command/visible.ts';
import { connect } from './connect.ts';
import { findGate, shortRun } from './find.ts';
import { asksWorkspace, type WorkspaceOptions } from './options.ts';
import { moment, shownValue } from './words.ts';

/** `writ gate`: one gate, with all that an approver is shown. */
export const gate: AddCommand = (program, { out }) => {
  const command = program
    .command('gate')
    .description('one gate: what is decided there, why it waits, and what was decided')
    .argument('<id>', 'as npx writ gates prints it');
  asksWorkspace(command, 'npx writ gate k3f9x2ab').action(async (typed: string, options: WorkspaceOptions) => {
    const api = await connect(options);
    const found = await api.gate(await findGate(api, typed, options));
    if (options.json) out.raw(jsonText(found));
    else showGate(out, found);
  });
};

/** A gate for people. */
export function showGate(out: Page, gate: Gate): void {
  out.heading(`Gate ${gate.gate} of run ${shortRun(gate.id)}`, `is ${gate.state}`);
  out.row('id', gate.id);
  out.row('decided by', gate.decidedBy);
  out.row('started by', gate.requester);
  out.row('waits', `since ${moment(gate.openedAt)}, until ${moment(gate.expiresAt)}`);
  out.heading('Why it waits');
  for (const { rule, says } of gate.hits) out.line(`${rule}: ${says}`, { deep: 2 });
  if (gate.hits.length === 0) out.line('it always does', { deep: 2 });
  const shown = Object.entries(gate.shown);
  if (shown.length > 0) out.heading('What is decided on');
  const longest = Math.max(...shown.map(([name]) => name.length));
  for (const [name, value] of shown) out.line(`${name.padEnd(longest)}  ${shownValue(value)}`, { deep: 2 });
  if (gate.decision === undefined) return;
  const { outcome, by, at, reason } = gate.decision;
  out.heading(`${outcome === 'approved' ? 'Approved' : 'Rejected'} by ${by}`, moment(at));
  if (reason !== undefined) out.line(reason, { deep: 2 });
}
