/** Structured facts of a log line: ids, names, counts. Never the value of a field. */
export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** Operational log. It is not evidence, and lines may be lost. */
export interface Log {
  line(level: 'debug' | 'info' | 'warn' | 'error', what: string, facts?: LogFacts): void;
}

/** Writes one JSON object per line, as CloudWatch Logs parses them. */
export function jsonLog(
  write: (line: string) => void,
  now: () => number,
  minLevel: 'debug' | 'info' | 'warn' | 'error' = 'info',
): Log {
  const order = ['debug', 'info', 'warn', 'error'];
  return {
    line(level, what, facts = {}) {
      if (order.indexOf(level) < order.indexOf(minLevel)) return;
      const head = { time: new Date(now()).toISOString(), level, what };
      // the head comes first, and no fact overrides it
      write(JSON.stringify({ ...head, ...facts, ...head }));
    },
  };
}

export const silentLog: Log = { line: () => {} };
