import { awsErrorName } from '#shared/kernel/adapters/aws-client.ts';
import type { Timers } from '#shared/kernel/index.ts';
import type { Clients } from '../clients.ts';
import { pause } from '../patience.ts';
import type { LiveRun } from '../run.ts';

/**
 * How a call ended: `done`; `denied`, by IAM; or `refused …` with the service's word for it, which
 * is about the data: IAM had allowed it.
 */
export type Ending = 'done' | 'denied' | `refused ${string}`;

/** One call of a fact. */
export interface Attempt {
  /** Whose call it is: a role of the run by its function's name, or the operator. */
  readonly by: string;
  /** Completes "‹by› …". */
  readonly does: string;
  /** Where the documentation leaves it open, every ending that the code is ready for. */
  readonly expected: Ending | readonly Ending[];
  act(as: Clients): Promise<unknown>;
}

/** What only a real account can tell: a promise of AWS that something here rests on. */
export interface Fact {
  readonly name: string;
  /** The question, in the words of `docs/deploy.md`, section 15, where it stands there. */
  readonly question: string;
  /** In their order: later ones may rely on what earlier ones did. */
  attempts(run: LiveRun): readonly Attempt[];
}

/** An attempt as it was made. */
export interface Row {
  readonly fact: string;
  readonly attempt: string;
  readonly expected: string;
  /** How it ended; where it was made again and ended otherwise, all of it: `done, then denied`. */
  readonly seen: string;
  readonly agrees: boolean;
}

export const OPERATOR = 'operator';

/** What IAM and policies of resources need to be known everywhere. */
const PATIENCE = { tries: 12, pauseMs: 5_000 };

/**
 * Makes the attempts of a fact. One that ends otherwise than expected is made again for a minute:
 * what was just allowed or denied is not known everywhere at once.
 *
 * Source: IAM User Guide, "Troubleshoot IAM", "Changes that I make are not always immediately
 * visible".
 */
export async function establish(
  fact: Fact,
  run: LiveRun,
  clientsOf: (by: string) => Promise<Clients>,
  timers: Timers,
  tries = PATIENCE.tries,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { by, does, expected, act } of fact.attempts(run)) {
    const clients = await clientsOf(by);
    const good = [expected].flat() as Ending[];
    let last = await endingOf(() => act(clients));
    const seen: Ending[] = [last];

    for (let left = tries; !good.includes(last) && left > 1; left--) {
      await pause(timers, PATIENCE.pauseMs);
      last = await endingOf(() => act(clients));
      if (last !== seen.at(-1)) seen.push(last);
    }

    const told = {
      expected: good.join(' or '),
      seen: seen.join(', then '),
      agrees: good.includes(last),
    };

    rows.push({ fact: fact.name, attempt: `${by} ${does}`, ...told });
  }

  return rows;
}

async function endingOf(act: () => Promise<unknown>): Promise<Ending> {
  try {
    await act();
    return 'done';
  } catch (error) {
    const name = awsErrorName(error);
    const { CancellationReasons = [] } = error as {
      CancellationReasons?: readonly { Code?: string }[];
    };
    const codes = CancellationReasons.map(({ Code = 'None' }) => Code).filter(
      (code) => code !== 'None',
    );
    if (/^AccessDenied/.test(name) || codes.some((code) => /^AccessDenied/.test(code)))
      return 'denied';

    return `refused ${codes.length > 0 ? codes.join('+') : name}`;
  }
}
