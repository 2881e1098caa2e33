type Close = () => unknown;

/** Of what the current test opened, the newest last. */
const waiting: Close[] = [];

/**
 * Has `close` run when the current test has ended, whatever was opened later being closed before.
 */
export function afterTest(close: Close): void {
  waiting.push(close);
}

/** Closes what {@link afterTest} was given, the newest first. */
export async function closeOpened(): Promise<void> {
  for (let close = waiting.pop(); close !== undefined; close = waiting.pop()) await close();
}
