/** What a log line may hold: ids, names, counts. Field values have no place in it. */
export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** Application log lines: for operators, not evidence. Losing one loses nothing. */
export interface Log {
  line(level: 'debug' | 'info' | 'warn' | 'error', what: string, facts?: LogFacts): void;
}

/** JSON lines to `write`, one object each, as CloudWatch Logs parses them. */
export function jsonLog(
  write: (line: string) => void,
  now: () => number,
  least: 'debug' | 'info' | 'warn' | 'error' = 'info',
): Log {
  const order = ['debug', 'info', 'warn', 'error'];
  return {
    line(level, what, facts = {}) {
      if (order.indexOf(level) < order.indexOf(least)) return;
      const head = { time: new Date(now()).toISOString(), level, what };
      // in this order, and no fact takes the place of the head
      write(JSON.stringify({ ...head, ...facts, ...head }));
    },
  };
}

export const silentLog: Log = { line: () => {} };
