import { InvalidInputError } from '#shared/kernel/index.ts';
import type { Decision } from '../api/answers.ts';
import type { Api, Decide } from '../api/api.ts';
import { ApiProblemError } from '../api/errors.ts';
import type { AddCommand, Surroundings } from '../command/command.ts';
import { Ended } from '../command/ended.ts';
import { jsonText } from '../command/visible.ts';
import { connect } from './connect.ts';
import { findGate, shortGate } from './find.ts';
import { asksWorkspace, DEFAULT_FOLDER, type WorkspaceOptions } from './options.ts';
import { seenBefore } from './seen-gates.ts';
import { showGate } from './show-gate.ts';

interface DecideOptions extends WorkspaceOptions {
  readonly reason: string;
  readonly seen?: string;
}

/** `writ approve`. */
export const approve: AddCommand = decides('approve', 'approved', 'the buyer confirmed the order');
/** `writ reject`. */
export const reject: AddCommand = decides('reject', 'rejected', 'the same invoice came before');

/**
 * A decision is about what the person was shown before, by `writ gate` or here: the platform
 * refuses it if that is not what stands.
 */
function decides(name: string, outcome: 'approved' | 'rejected', because: string): AddCommand {
  return (program, around) => {
    const { out } = around;

    const command = program
      .command(name)
      .description(`${name} at a gate, as npx writ gate showed it`)
      .argument('<id>', 'as npx writ gates prints it, or its run as npx writ runs does')
      .requiredOption('--reason <text>', 'why; kept for good and read by many, so it names nobody')
      .option(
        '--seen <text>',
        'what was looked at, as npx writ gate --json gives it (default: what npx writ gate showed last)',
      );

    asksWorkspace(command, `npx writ ${name} k3f9x2ab --reason "${because}"`).action(
      async (typed: string, options: DecideOptions) => {
        const api = await connect(options);
        const id = await findGate(api, typed, options);
        const seen =
          options.seen ??
          seenBefore(options, id) ??
          (await seenNow(api, id, name, options, around));

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

/**
 * Shows the gate to whoever sits at the terminal, and asks. @throws `gate.unseen` (refuse): nobody
 * does.
 */
async function seenNow(
  api: Api,
  id: string,
  name: string,
  options: DecideOptions,
  { ask, out }: Surroundings,
): Promise<string> {
  if (ask === undefined || options.json) {
    throw new InvalidInputError(
      'gate.unseen',
      `look at it first: npx writ gate ${shortGate(id)}${given(options)}; or give --seen, from npx writ gate --json`,
      {
        gate: id,
      },
    );
  }

  const shown = await api.gate(id);

  showGate(out, shown);

  const said = await ask(`\n${name === 'approve' ? 'Approve' : 'Reject'}? [y/N] `);
  if (/^y(es)?$/i.test(said.trim())) return shown.seen;

  out.line('Nothing was decided.');
  throw new Ended(1);
}

async function decide(api: Api, id: string, decision: Decide): Promise<Decision> {
  try {
    return await api.decide(id, decision);
  } catch (error) {
    if (!(error instanceof ApiProblemError) || error.code !== 'gate.stale') throw error;
    const words = `what stands at the gate, or what you may read of it, is not what was shown to you; nothing was decided. Look again: npx writ gate ${shortGate(id)}`;
    throw new ApiProblemError('gate.stale', words, { ...error.facts, status: error.status });
  }
}

/** What has to be given again, for the same person to look at the same place. */
function given({ as, data, api }: DecideOptions): string {
  const options = [
    ['--as', as],
    ['--data', data === DEFAULT_FOLDER ? undefined : data],
    ['--api', api],
  ] as const;
  return options.map(([name, value]) => (value === undefined ? '' : ` ${name} ${value}`)).join('');
}
