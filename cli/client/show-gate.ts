import { isWritError } from '#shared/kernel/index.ts';
import type { Gate } from '../api/answers.ts';
import type { AddCommand } from '../command/command.ts';
import type { Page } from '../command/page.ts';
import { jsonText } from '../command/visible.ts';
import { connect } from './connect.ts';
import { findGate, shortRun } from './find.ts';
import { formatMoment, formatValue } from './format.ts';
import { addWorkspaceOptions, type ClientOptions, type WorkspaceOptions } from './options.ts';
import { storeShownVersion } from './shown-gates.ts';

/** `writ gate`: shows one gate with everything that its approver needs to know. */
export const gate: AddCommand = (program, { out, err }) => {
  const command = program
    .command('gate')
    .description('Show a gate: what is decided, why it waits, and the decision')
    .argument('<id>', 'id of the gate from "writ gates", or of its run from "writ runs"');

  addWorkspaceOptions(command, 'npx writ gate k3f9x2ab').action(
    async (typed: string, options: WorkspaceOptions) => {
      const api = await connect(options);
      const found = await api.gate(await findGate(api, typed, options));
      if (options.json) {
        out.raw(jsonText(found));
        return;
      }

      showGate(out, found);
      if (found.state === 'open') remember(err, found, options);
    },
  );
};

/**
 * Stores the shown version for a later decision. Prints only a warning if the folder is not
 * writable.
 */
function remember(err: Page, { id, seen }: Gate, options: ClientOptions): void {
  try {
    storeShownVersion(options, id, seen);
  } catch (error) {
    if (!isWritError(error, 'session.folder')) throw error;
    err.line(`${error.message}. To decide on this version of the gate, add --seen ${seen}`, {
      style: 'yellow',
    });
  }
}

/** Prints a gate. */
export function showGate(out: Page, gate: Gate): void {
  out.heading(`Gate ${gate.gate} of run ${shortRun(gate.id)}`, `is ${gate.state}`);
  out.row('id', gate.id);
  out.row('decided by', gate.decidedBy);
  out.row('started by', gate.requester);

  if (gate.state === 'open')
    out.row('waits', `since ${formatMoment(gate.openedAt)}, until ${formatMoment(gate.expiresAt)}`);
  else out.row('opened', formatMoment(gate.openedAt));

  out.heading('Why it waits');
  for (const { rule, says } of gate.hits) out.line(`${rule}: ${says}`, { deep: 2 });

  if (gate.hits.length === 0) out.line('every run waits here', { deep: 2 });

  const shown = Object.entries(gate.shown);
  const amounts = new Map(Object.entries(gate.amounts));
  // if some values are formatted as money, the other integers are counts
  const hasAmounts = amounts.size === 0 && shown.some(([, value]) => Number.isInteger(value));

  if (shown.length > 0)
    out.heading(
      'What is decided on',
      hasAmounts ? 'amounts of money in the smallest unit, such as cents' : '',
    );

  const longest = Math.max(...shown.map(([name]) => name.length));
  for (const [name, value] of shown)
    out.line(`${name.padEnd(longest)}  ${amounts.get(name) ?? formatValue(value)}`, { deep: 2 });

  if (gate.withheld !== undefined && gate.state === 'open')
    out.line(
      `${gate.withheld} more values are hidden from you; only a person who may read all of them can decide`,
      { deep: 2, style: 'yellow' },
    );

  if (gate.decision === undefined) return;

  const { outcome, by, at, reason } = gate.decision;

  out.heading(`${outcome === 'approved' ? 'Approved' : 'Rejected'} by ${by}`, formatMoment(at));
  if (reason !== undefined) out.line(reason, { deep: 2 });
}
