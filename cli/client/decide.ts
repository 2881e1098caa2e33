import type { AddCommand } from '../command/command.ts';
import { jsonText } from '../command/visible.ts';
import { connect } from './connect.ts';
import { findGate, shortGate } from './find.ts';
import { asksWorkspace, type WorkspaceOptions } from './options.ts';
import { showGate } from './show-gate.ts';

interface DecideOptions extends WorkspaceOptions {
  readonly reason: string;
}

/** `writ approve`. */
export const approve: AddCommand = decides('approve', 'approved', 'the buyer confirmed the order');
/** `writ reject`. */
export const reject: AddCommand = decides('reject', 'rejected', 'the same invoice came before');

/** A decision is about the gate as it is shown by this very command: the platform refuses it if something changed in between. */
function decides(name: string, outcome: 'approved' | 'rejected', because: string): AddCommand {
  return (program, { out, err }) => {
    const command = program
      .command(name)
      .description(`${name} at a gate; what is decided is shown first`)
      .argument('<id>', 'as npx writ gates prints it')
      .requiredOption('--reason <text>', 'why; kept for good and read by many, so it names nobody');
    asksWorkspace(command, `npx writ ${name} k3f9x2ab --reason "${because}"`).action(async (typed: string, options: DecideOptions) => {
      const api = await connect(options);
      const shown = await api.gate(await findGate(api, typed, options));
      showGate(options.json ? err : out, shown);
      const decided = await api.decide(shown.id, { outcome, reason: options.reason, seen: shown.seen });
      if (options.json) {
        out.raw(jsonText(decided));
        return;
      }
      out.line('');
      out.line(`${shortGate(shown.id)} is ${outcome}.`, { style: outcome === 'approved' ? 'green' : 'red' });
    });
  };
}
