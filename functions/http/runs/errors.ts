import { type Fate, WritError } from '#shared/kernel/index.ts';

/**
 * The intake of an automation gave no answer that can be read, so it is not known whether the run
 * was started.
 */
export class StartUnansweredError extends WritError {
  override readonly name = 'StartUnansweredError';
  readonly code = 'start.unanswered';
  readonly fate: Fate = 'retry';
  /** @param reason - The service's or the network's name of what went wrong. */
  constructor(automation: string, reason: string) {
    super(
      `the intake of ${automation} gave no answer (${reason}); ask again with the same idempotency key`,
      { automation, reason },
    );
  }
}

/** Uploads wait to be read, and there is no room or no time for one more. Nothing was started. */
export class StartBusyError extends WritError {
  override readonly name = 'StartBusyError';
  readonly code = 'start.busy';
  readonly fate: Fate = 'retry';
  /** @param reason - What there are too many of, or what took too long, with the limit. */
  constructor(automation: string, reason: string) {
    super(
      `the intake of ${automation} did not read the upload: ${reason}; nothing was started, ask again`,
      { automation, reason },
    );
  }
}

/**
 * Somebody decided at a gate of a run and then asks for that run: who decides about a run has no
 * hand in it.
 */
export class AskedAfterDecidingError extends WritError {
  override readonly name = 'AskedAfterDecidingError';
  readonly code = 'run.decided';
  readonly fate: Fate = 'refuse';
  constructor() {
    super(
      'you decided at a gate of the run that this key names; who decides about a run does not ask for it',
    );
  }
}
