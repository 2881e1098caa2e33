import type { Json } from '#shared/kernel/index.ts';
import type { Rollout } from './documents/index.ts';

/** What the state machine may read besides the run. */
export interface Situation {
  /** Values of the public and internal fields, as they are after the event. */
  readonly clear: Readonly<Record<string, Json | undefined>>;
  readonly rollout: Rollout;
  /** Milliseconds since 1970. */
  readonly now: number;
}
