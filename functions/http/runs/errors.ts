import { type Fate, WritError } from '#shared/kernel/index.ts';

/**
 * Thrown when the intake of an automation did not return a valid answer, so that it is unknown
 * whether the run was started.
 */
export class StartUnansweredError extends WritError {
  override readonly name = 'StartUnansweredError';
  readonly code = 'start.unanswered';
  readonly fate: Fate = 'retry';
  /** @param reason - Error name of the service or the network. */
  constructor(automation: string, reason: string) {
    super(
      `the intake of ${automation} did not answer (${reason}); retry with the same idempotency key`,
      { automation, reason },
    );
  }
}

/**
 * Thrown when too many uploads are waiting, or when an upload has waited too long. No run was
 * started.
 */
export class StartBusyError extends WritError {
  override readonly name = 'StartBusyError';
  readonly code = 'start.busy';
  readonly fate: Fate = 'retry';
  /** @param reason - Limit that was exceeded. */
  constructor(automation: string, reason: string) {
    super(
      `the intake of ${automation} did not read the upload: ${reason}; nothing was started, retry`,
      { automation, reason },
    );
  }
}

/**
 * Thrown when a person who decided at a gate of a run starts the same run again. A decider must not
 * have another part in the run.
 */
export class StartAfterDecidingError extends WritError {
  override readonly name = 'StartAfterDecidingError';
  readonly code = 'run.decided';
  readonly fate: Fate = 'refuse';
  constructor() {
    super(
      'you decided at a gate of the run with this key; a person who decided at a gate cannot start the run',
    );
  }
}
