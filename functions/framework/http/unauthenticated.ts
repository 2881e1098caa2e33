import { describeError } from '#shared/audit/index.ts';
import { isWritError, MINUTE } from '#shared/kernel/index.ts';
import { serviceActor } from '#shared/ledger/index.ts';
import type { HttpPorts } from './ports.ts';
import type { UnauthenticatedError } from './problem.ts';

/** Counts a request whose sender is not known. */
export type UnauthenticatedCounter = (
  stranger: Pick<UnauthenticatedError, 'kind' | 'person'>,
) => Promise<void>;

/**
 * Counts requests of unknown senders, so that nobody fills the trail from outside: the first of
 * each minute and kind is an entry, with the number of all of that kind since the entry before. Who
 * was known and is not any more is counted for each person, whom the entry names. Counts that no
 * later entry took up end with the process.
 */
export function countUnauthenticated({
  ledger,
  clock,
  log,
}: Pick<HttpPorts, 'ledger' | 'clock' | 'log'>): UnauthenticatedCounter {
  const counts = new Map<string, { minute: number; since: number }>();
  return async ({ kind, person }) => {
    const counted = `${kind} ${person ?? ''}`;
    const count = counts.get(counted) ?? { minute: Number.NEGATIVE_INFINITY, since: 0 };

    counts.set(counted, count);
    count.since += 1;

    const minute = Math.floor(clock.now() / MINUTE);
    if (minute <= count.minute) return;

    // before anything is waited for: others of this minute are counted meanwhile
    count.minute = minute;

    const told = count.since;

    count.since = 0;

    try {
      await ledger.commit({
        entries: [
          {
            workspace: 'platform',
            actor: serviceActor(ledger),
            action: 'session.refuse',
            outcome: 'denied',
            count: told,
            targets: person === undefined ? undefined : [{ kind: 'person', id: person }],
            why: { code: kind },
          },
        ],
      });
    } catch (error) {
      count.since += told; // for the next minute: a stranger's request is refused all the same

      if (isWritError(error) && error.fate === 'stop') throw error;

      const { code, message } = describeError(error, 'function.failed');

      log.line('warn', 'refused requests could not be counted in the trail yet', {
        kind,
        code,
        because: message,
      });
    }
  };
}
