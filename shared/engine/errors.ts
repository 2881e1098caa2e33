import { type Fate, isWritError, WritError } from '#shared/kernel/index.ts';

/** Use of an undeclared capability, or of any capability after the step has returned. */
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
 * Result of a step that does not match its declaration: a missing or additional field, or a value
 * that its schema rejects.
 */
export class StepResultError extends WritError {
  override readonly name = 'StepResultError';
  readonly code = 'step.result';
  readonly fate: Fate = 'refuse';
}

/** Reservation that cannot be made. The message never contains an id, which can be sensitive. */
export class ReservationError extends WritError {
  override readonly name = 'ReservationError';
  readonly code = 'reservation.invalid';
  readonly fate: Fate = 'refuse';
}

/**
 * Error thrown by the author's code. Contains only its class and source location, because its
 * message can contain any value that the step has read.
 */
export class StepFailedError extends WritError {
  override readonly name = 'StepFailedError';
  readonly code = 'step.failed';
  readonly fate: Fate = 'retry';
}

/** Timeout of a step. */
export class StepTimeoutError extends WritError {
  override readonly name = 'StepTimeoutError';
  readonly code = 'step.timeout';
  readonly fate: Fate = 'retry';
  constructor(step: string, ms: number) {
    super(`step ${step} was still running after the ${ms} ms it may take`, { step, ms });
  }
}

/** Definite refusal by a vendor. A step can catch this error and return a result. */
export class VendorRefusedError extends WritError {
  override readonly name = 'VendorRefusedError';
  readonly code = 'vendor.refused';
  readonly fate: Fate = 'refuse';
  constructor(vendor: string, why: string) {
    super(`vendor ${vendor} refused the request (${why})`, { vendor, why });
  }
}

/**
 * Vendor call without a usable answer. The engine decides whether to retry the step or park the
 * run.
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
   * Set if the call is safe to repeat and failed for an external cause that must recover or be
   * repaired.
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
 * Tests whether a step failed for an external cause that must recover or be repaired: a vendor, or
 * a secret of the step.
 */
export function waitsForExternalCause(failure: unknown): boolean {
  if (failure instanceof VendorUnresolvedError) return failure.waits;
  return isWritError(failure, 'secret.missing', 'secret.unavailable');
}

/** Reuse of an idempotency key with different input. The first run does not change. */
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
 * Refused decision. For example, the person may not decide at the gate, the gate is unknown,
 * already decided or expired, or the person decided on an outdated view.
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

/**
 * Change of the rollout between the load of the run and the claim. The step restarts under the new
 * rollout.
 */
export class ControlChanged extends Error {
  override readonly name = 'ControlChanged';
}
