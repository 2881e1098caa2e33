import { type Fate, isWritError, WritError } from '#shared/kernel/index.ts';

/**
 * A step reached for something it did not declare, or held on to a capability after it returned.
 */
export class AuthorityError extends WritError {
  override readonly name = 'AuthorityError';
  readonly code:
    | 'authority.undeclared'
    | 'authority.ended'
    | 'authority.second-call'
    | 'authority.sensitive-id';
  readonly fate: Fate = 'refuse';
  constructor(code: AuthorityError['code'], step: string, what: string) {
    const because = {
      'authority.undeclared': 'did not declare',
      'authority.ended': 'has returned and may no longer use',
      'authority.second-call': 'has made its one vendor call and may not repeat',
      'authority.sensitive-id': 'put a sensitive value',
    }[code];

    super(`step ${step} ${because} ${what}`, { step, what });
    this.code = code;
  }
}

/**
 * A step's result is not what it declared: a field too many or too few, or a value its schema
 * refuses.
 */
export class StepResultError extends WritError {
  override readonly name = 'StepResultError';
  readonly code = 'step.result';
  readonly fate: Fate = 'refuse';
}

/** A step asked for a reservation that cannot be made. Never holds an id: it may be a value. */
export class ReservationError extends WritError {
  override readonly name = 'ReservationError';
  readonly code = 'reservation.invalid';
  readonly fate: Fate = 'refuse';
}

/**
 * The author's code threw. Only its class and place are told: its text may repeat anything the code
 * had in hand.
 */
export class StepFailedError extends WritError {
  override readonly name = 'StepFailedError';
  readonly code = 'step.failed';
  readonly fate: Fate = 'retry';
}

/** The step ran longer than it may. */
export class StepTimeoutError extends WritError {
  override readonly name = 'StepTimeoutError';
  readonly code = 'step.timeout';
  readonly fate: Fate = 'retry';
  constructor(step: string, ms: number) {
    super(`step ${step} was still running after the ${ms} ms it may take`, { step, ms });
  }
}

/** The vendor said no, definitely. The step may catch this and return what follows from it. */
export class VendorRefusedError extends WritError {
  override readonly name = 'VendorRefusedError';
  readonly code = 'vendor.refused';
  readonly fate: Fate = 'refuse';
  constructor(vendor: string, why: string) {
    super(`vendor ${vendor} refused the request (${why})`, { vendor, why });
  }
}

/**
 * The vendor call's outcome leaves the step without an answer; the engine decides what happens
 * next.
 */
export class VendorUnresolvedError extends WritError {
  override readonly name = 'VendorUnresolvedError';
  readonly code:
    | 'vendor.unreachable'
    | 'vendor.credentials'
    | 'vendor.request'
    | 'vendor.unknown'
    | 'vendor.answer'
    | 'effect.unknown';
  readonly fate: Fate;
  /**
   * What stopped the call is outside and has to come back or be mended, and repeating it does no
   * harm.
   */
  readonly waits: boolean;
  constructor(
    code: VendorUnresolvedError['code'],
    vendor: string,
    why: string,
    { waits = false }: { readonly waits?: boolean } = {},
  ) {
    const what = {
      'vendor.unreachable': 'could not be reached; nothing was sent',
      'vendor.credentials': 'was not asked with credentials that it takes',
      'vendor.request': 'was sent nothing: this request cannot be sent',
      'vendor.unknown': 'did not answer; whether it acted is not known',
      'vendor.answer': 'acted, but its answer is not of the expected form',
      'effect.unknown': 'may have acted and cannot be asked; a person must find out',
    }[code];

    super(`vendor ${vendor} ${what} (${why})`, { vendor, why });
    this.code = code;
    this.fate = ['vendor.unreachable', 'vendor.credentials', 'vendor.unknown'].includes(code)
      ? 'retry'
      : 'refuse';
    this.waits = waits;
  }
}

/**
 * Whether a step failed for something outside that has to come back or be mended: a vendor, or a
 * secret of its own.
 */
export function waitsForExternalCause(failure: unknown): boolean {
  if (failure instanceof VendorUnresolvedError) return failure.waits;
  return isWritError(failure, 'secret.missing', 'secret.unavailable');
}

/** The same idempotency key came with other input. The first start stands. */
export class StartConflictError extends WritError {
  override readonly name = 'StartConflictError';
  readonly code = 'run.key-reused';
  readonly fate: Fate = 'refuse';
  constructor(run: string) {
    super(
      `run ${run} was started with this idempotency key and other input; use a key of its own for other input`,
      { run },
    );
  }
}

/**
 * A decision that may not be made: not this person, not this gate, too late, or not what they were
 * shown.
 */
export class DecisionRefusedError extends WritError {
  override readonly name = 'DecisionRefusedError';
  readonly code:
    | 'gate.unknown'
    | 'gate.outcome'
    | 'gate.role'
    | 'gate.requester'
    | 'gate.decided'
    | 'gate.expired'
    | 'gate.stale'
    | 'gate.unreadable'
    | 'gate.reason';
  readonly fate: Fate = 'refuse';
  constructor(code: DecisionRefusedError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The rollout changed between load and claim. The step starts over under the new rollout. */
export class ControlChanged extends Error {
  override readonly name = 'ControlChanged';
}
