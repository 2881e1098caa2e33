import type { Flow } from '#shared/automation/index.ts';
import { DAY, type Fate, HOUR } from '#shared/kernel/index.ts';
import { MESSAGE_DELAY_MAX_MS } from '#shared/ledger/index.ts';
import type { Run, StepState } from './documents/index.ts';
import { parkRun, withStep } from './run-updates.ts';

/** Event of a failed attempt of a step. */
export interface StepFailed {
  readonly type: 'step-failed';
  readonly step: string;
  readonly code: string;
  readonly reason: string;
  readonly fate: Fate;
  /** Random number from 0 (inclusive) to 1 (exclusive), for the pause before the next attempt. */
  readonly jitter: number;
  /**
   * Set if the attempt is safe to repeat and failed for an external cause that must recover or be
   * repaired. The step then waits, and the attempt does not count toward its retries.
   */
  readonly waits?: boolean;
}

/** Default maximum time that a step waits for an external cause to recover, in milliseconds. */
const DEFAULT_PATIENCE_MS = DAY;

/** Maximum pause between two attempts of a waiting step, in milliseconds. */
const WAIT_PAUSE_MAX_MS = HOUR;

/**
 * Returns the run after a failed attempt: the step is ready again or waits, or the run is parked.
 */
export function failStep(flow: Flow, run: Run, event: StepFailed, now: number): Run {
  const { attempts: before = 0, waited = 0, state } = run.steps[event.step] ?? { state: 'ready' };
  const attempts = state === 'claimed' ? Math.max(before, 1) : before + 1;
  const policy = flow.steps.get(event.step)?.retry;
  const patience = policy?.patienceMs ?? DEFAULT_PATIENCE_MS;

  if (event.waits === true && patience > 0)
    return waitForExternalCause(run, event, {
      attempts,
      patience,
      baseMs: policy?.baseMs ?? 1,
      now,
    });

  const failed = withStep(run, event.step, {
    state: 'ready',
    attempts,
    waited: waited === 0 ? undefined : waited,
  });
  const { step, code, reason } = event;

  if (event.fate !== 'retry' && event.fate !== 'reread')
    return parkRun(failed, { step, code, reason });

  const counted = attempts - waited;
  const allowed = policy?.attempts ?? 1;
  if (counted < allowed) return failed;

  return parkRun(failed, {
    step,
    code,
    reason: `${reason}; that was attempt ${counted} of ${allowed}`,
  });
}

interface WaitOptions {
  readonly attempts: number;
  /** Maximum time to wait, in milliseconds. */
  readonly patience: number;
  readonly baseMs: number;
  readonly now: number;
}

/**
 * Returns the run with the step in a wait, or the parked run if the step has waited longer than its
 * patience.
 */
function waitForExternalCause(
  run: Run,
  { step, code, reason, jitter }: StepFailed,
  { attempts, patience, baseMs, now }: WaitOptions,
): Run {
  const { waited: before = 0, waiting } = run.steps[step] ?? {};
  const waited = before + 1;
  const since = waiting?.since ?? now;
  const left = since + patience - now;
  const counted: StepState = { state: 'ready', attempts, waited };

  if (left <= 0)
    return parkRun(withStep(run, step, counted), {
      step,
      code,
      reason: `${reason}; it was waited for since ${new Date(since).toISOString()}, in ${waited} attempts`,
    });

  const pause = fullJitter({ baseMs, capMs: WAIT_PAUSE_MAX_MS }, waited, jitter);
  const nextAt = now + Math.min(pause, left);

  return withStep(run, step, { ...counted, waiting: { since, nextAt, code, reason } });
}

/**
 * Returns the number of attempts that count toward the retries: all except attempts that ended in a
 * wait.
 */
export function countedAttempts({
  attempts = 0,
  waited = 0,
}: Pick<StepState, 'attempts' | 'waited'>): number {
  return attempts - waited;
}

/**
 * Returns the remaining pause of a waiting step, in milliseconds. Returns 0 if the stored time is
 * further ahead than the maximum pause.
 */
export function pauseLeft(step: StepState | undefined, now: number): number {
  const left = Math.ceil((step?.waiting?.nextAt ?? now) - now);
  return left > 0 && left <= WAIT_PAUSE_MAX_MS ? left : 0;
}

/**
 * Returns the delay of the message for the next attempt, in milliseconds. A pause longer than the
 * maximum delay of the queue needs several messages.
 */
export function retryDelay(flow: Flow, run: Run, event: StepFailed, now: number): number {
  const policy = flow.steps.get(event.step)?.retry;
  const step = run.steps[event.step];

  if (policy === undefined || step === undefined) return 0;
  if (step.waiting !== undefined) return Math.min(pauseLeft(step, now), MESSAGE_DELAY_MAX_MS);

  return fullJitter(policy, countedAttempts(step), event.jitter);
}

/**
 * Returns the pause before the next attempt, in milliseconds: uniformly distributed from 0 to
 * `base · 2^(failed − 1)`, at most the cap.
 *
 * @param failed - Number of failed attempts, from 1.
 * @param jitter - From 0 (inclusive) to 1 (exclusive).
 * @see "Exponential Backoff And Jitter", AWS Architecture Blog: full jitter
 */
export function fullJitter(
  policy: { readonly baseMs: number; readonly capMs: number },
  failed: number,
  jitter: number,
): number {
  return Math.floor(jitter * Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(failed - 1, 30)));
}
