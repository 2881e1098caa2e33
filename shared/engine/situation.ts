import type { Json } from '#shared/kernel/index.ts';
import type { Rollout } from './documents/index.ts';

/** Input of the state machine apart from the run and the event. */
export interface Situation {
  /** Values of the public and internal fields after the event. */
  readonly clear: Readonly<Record<string, Json | undefined>>;
  readonly rollout: Rollout;
  /** Milliseconds since 1970. */
  readonly now: number;
}
