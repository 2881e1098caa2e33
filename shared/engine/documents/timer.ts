import { documentKind, joinTarget } from '#shared/ledger/index.ts';
import type { RunKey } from './run.ts';

/** Timer of a gate, due when the gate expires. */
export type TimerBody = {
  readonly v: 'timer/1';
  readonly run: string;
  readonly workspace: string;
  readonly gate: string;
  /** Due time, in milliseconds since 1970. */
  readonly at: number;
};

/** Key of the timer of a gate. */
export const timerTarget = (key: RunKey, gate: string) =>
  joinTarget('timer', key, `${key.run}.${gate}`);

export const timerKind = /* @__PURE__ */ documentKind<TimerBody>({
  v: 'timer/1',
  members: { run: 'string', workspace: 'string' },
  index: ({ at }) => ({ dueAt: at }),
});
