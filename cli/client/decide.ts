import { InvalidInputError } from '#shared/kernel/index.ts';
import type { Decision } from '../api/answers.ts';
import type { Api, DecisionRequest } from '../api/api.ts';
import { ApiProblemError } from '../api/errors.ts';
import type { AddCommand, CommandContext } from '../command/command.ts';
import { CommandExit } from '../command/command-exit.ts';
import { jsonText } from '../command/visible.ts';
import { connect } from './connect.ts';
import { findGate, shortGate } from './find.ts';
import { addWorkspaceOptions, repeatedOptions, type WorkspaceOptions } from './options.ts';
import { showGate } from './show-gate.ts';
import { readShownVersion } from './shown-gates.ts';

interface DecideOptions extends WorkspaceOptions {
  readonly reason: string;
  readonly seen?: string;
}

/** `writ approve`. */
export const approve: AddCommand = decideCommand(
  'approve',
  'approved',
  'the buyer confirmed the order',
);
/** `writ reject`. */
export const reject: AddCommand = decideCommand(
  'reject',
  'rejected',
  'the same invoice came before',
);

/**
 * Creates a command that decides at a gate. The decision names the version of the gate that `writ
 * gate` or this command showed to the person. The platform refuses the decision if the gate has
 * changed since.
 */
function decideCommand(
  name: 'approve' | 'reject',
  outcome: 'approved' | 'rejected',
  because: string,
): AddCommand {
  return (program, context) => {
    const { out } = context;

    const command = program
      .command(name)
      .description(`${name === 'approve' ? 'Approve' : 'Reject'} at a gate, after looking at it`)
      .argument('<id>', 'id of the gate from "writ gates", or of its run from "writ runs"')
      .requiredOption('--reason <text>', 'record this reason; it is permanent, so name no person')
      .option(
        '--seen <text>',
        'decide on the version with this "seen" value of "writ gate --json"',
      );

    addWorkspaceOptions(command, `npx writ ${name} k3f9x2ab --reason "${because}"`).action(
      async (typed: string, options: DecideOptions) => {
        const api = await connect(options);
        const id = await findGate(api, typed, options);
        const seen =
          options.seen ??
          readShownVersion(options, id) ??
          (await showAndConfirm(api, { id, name, options, context }));

        const decided = await decide(api, id, { outcome, reason: options.reason, seen });

        if (options.json) out.raw(jsonText(decided));
        else
          out.line(`${shortGate(id)} is ${outcome}.`, {
            style: outcome === 'approved' ? 'green' : 'red',
          });
      },
    );
  };
}

interface Confirmation {
  /** Full id of the gate. */
  readonly id: string;
  readonly name: 'approve' | 'reject';
  readonly options: DecideOptions;
  readonly context: CommandContext;
}

/**
 * Shows the gate on the terminal and asks for confirmation.
 *
 * @returns the `seen` value of the shown gate.
 * @throws `gate.unseen` (refuse): there is no terminal, so the command cannot ask.
 */
async function showAndConfirm(
  api: Api,
  { id, name, options, context: { ask, out } }: Confirmation,
): Promise<string> {
  if (ask === undefined || options.json) {
    throw new InvalidInputError(
      'gate.unseen',
      `you have not looked at gate ${shortGate(id)} yet`,
      { gate: id },
      {
        help: `run "npx writ gate ${shortGate(id)}${repeatedOptions(options)}" first, or pass --seen from "npx writ gate --json"`,
      },
    );
  }

  const shown = await api.gate(id);

  showGate(out, shown);

  const answer = await ask(`\n${name === 'approve' ? 'Approve' : 'Reject'}? [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return shown.seen;

  out.line('Nothing was decided.');
  throw new CommandExit(1);
}

async function decide(api: Api, id: string, decision: DecisionRequest): Promise<Decision> {
  try {
    return await api.decide(id, decision);
  } catch (error) {
    if (!(error instanceof ApiProblemError) || error.code !== 'gate.stale') throw error;

    throw new ApiProblemError(
      'gate.stale',
      'the gate, or what you may read of it, has changed since it was shown to you; nothing was decided',
      { ...error.facts, status: error.status },
      { help: `run "npx writ gate ${shortGate(id)}" to look at it again` },
    );
  }
}
