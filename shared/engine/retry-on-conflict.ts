import { isWritError } from '#shared/kernel/index.ts';
import { ControlChanged } from './errors.ts';

/**
 * Maximum number of retries within one delivery. After the last retry, the queue redelivers the
 * message.
 */
const MAX_RETRIES = 8;

/**
 * Runs work that reads, decides and commits. After a conflict with another commit, runs the work
 * again, starting with the read.
 *
 * @param work - Its argument is true when an earlier attempt may have committed, because the
 *   ledger did not learn the outcome (`ledger.unknown`).
 * @throws the last error after `maxRetries` retries, and any other error immediately.
 */
export async function retryOnConflict<T>(
  work: (mayHaveCommitted: boolean) => Promise<T>,
  maxRetries = MAX_RETRIES,
): Promise<T> {
  let mayHaveCommitted = false;

  for (let retries = 0; ; retries++) {
    try {
      return await work(mayHaveCommitted);
    } catch (error) {
      const isUnknown = isWritError(error, 'ledger.unknown');
      const isStale =
        isUnknown || isWritError(error, 'ledger.conflict') || error instanceof ControlChanged;
      if (!isStale || retries === maxRetries) throw error;

      mayHaveCommitted ||= isUnknown;
    }
  }
}
