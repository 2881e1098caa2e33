type Close = () => unknown;

/** Of what the current test opened, the newest last. */
const waiting: Close[] = [];

/**
 * Has `close` run when the current test has ended, whatever was opened later being closed before.
 */
export function afterTest(close: Close): void {
  waiting.push(close);
}

/**
 * Closes what {@link afterTest} was given, the newest first, and throws what went wrong once all of
 * it was closed: what a test leaves open would be closed in another.
 */
export async function closeOpened(): Promise<void> {
  const errors: unknown[] = [];
  for (let close = waiting.pop(); close !== undefined; close = waiting.pop())
    try {
      await close();
    } catch (error) {
      errors.push(error);
    }

  if (errors.length > 0) throw new AggregateError(errors, `not closed: ${errors.join('; ')}`);
}
