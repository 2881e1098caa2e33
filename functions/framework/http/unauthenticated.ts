import { describeError } from '#shared/audit/index.ts';
import { isWritError, MINUTE } from '#shared/kernel/index.ts';
import { serviceActor } from '#shared/ledger/index.ts';
import type { HttpPorts } from './ports.ts';
import type { UnauthenticatedError } from './problem.ts';

/** Counts an unauthenticated request. */
export type UnauthenticatedCounter = (
  request: Pick<UnauthenticatedError, 'kind' | 'person'>,
) => Promise<void>;

/**
 * Counts unauthenticated requests, so that no outsider can fill the trail. For each kind, the first
 * request of each minute becomes an entry with the number of such requests since the previous
 * entry. Requests of former people are counted separately, and the entry names the person. Counts
 * that are not in an entry yet are lost when the process ends.
 */
export function countUnauthenticated({
  ledger,
  clock,
  log,
}: Pick<HttpPorts, 'ledger' | 'clock' | 'log'>): UnauthenticatedCounter {
  const counts = new Map<string, { minute: number; since: number }>();
  return async ({ kind, person }) => {
    const key = `${kind} ${person ?? ''}`;
    const count = counts.get(key) ?? { minute: Number.NEGATIVE_INFINITY, since: 0 };

    counts.set(key, count);
    count.since += 1;

    const minute = Math.floor(clock.now() / MINUTE);
    if (minute <= count.minute) return;

    // Set before the first await, so that concurrent requests of this minute are only counted.
    count.minute = minute;

    const recorded = count.since;

    count.since = 0;

    try {
      await ledger.commit({
        entries: [
          {
            workspace: 'platform',
            actor: serviceActor(ledger),
            action: 'session.refuse',
            outcome: 'denied',
            count: recorded,
            targets: person === undefined ? undefined : [{ kind: 'person', id: person }],
            why: { code: kind },
          },
        ],
      });
    } catch (error) {
      count.since += recorded; // for the next entry; the request is refused in any case

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
