import { type Flow, type RuleOutcome, SUPERVISE } from '#shared/automation/index.ts';
import type { Run } from './documents/index.ts';
import { parkRun, withStep } from './run-updates.ts';
import { type OpenedGate, RunWalk } from './run-walk.ts';
import type { Situation } from './situation.ts';
import { failStep, retryDelay, type StepFailed } from './step-failure.ts';

/**
 * Event of a run. Random values and times are part of the event, because the state machine is pure.
 */
export type Event =
  | { readonly type: 'started' }
  | { readonly type: 'step-done'; readonly step: string; readonly pretended?: boolean }
  | { readonly type: 'step-claimed'; readonly step: string; readonly intent: number }
  | StepFailed
  /**
   * A ready external step lacks a decision that it needs. `short`: a reservation that the step
   * would draw exceeds its balance.
   */
  | { readonly type: 'step-held'; readonly step: string; readonly short?: boolean }
  | {
      readonly type: 'gate-settled';
      readonly gate: string;
      readonly outcome: 'approved' | 'rejected' | 'expired';
    }
  | {
      readonly type: 'parked';
      readonly step?: string;
      readonly code: string;
      readonly reason: string;
    };

/** Result of {@link transition}. */
export interface Transition {
  readonly run: Run;
  /** Evaluated rules with their facts, for the audit entry. */
  readonly rules: readonly RuleOutcome[];
  /** Gates that opened. The same commit inserts their documents and timers. */
  readonly opened: readonly OpenedGate[];
  /** Steps to notify, each after a delay in milliseconds. */
  readonly sends: readonly { readonly step: string; readonly delayMs: number }[];
}

/**
 * Returns the run after an event, with the gates to open and the steps to notify. Pure: the result
 * depends only on the arguments.
 *
 * An event that does not fit the run, such as a second result of a step, changes nothing. The
 * result then has the same run object and the steps that the run waits for.
 */
export function transition(flow: Flow, run: Run, event: Event, situation: Situation): Transition {
  const next = apply(flow, run, event, situation.now);
  if (next === undefined) return withoutAdvance(run, sendsOf(run));
  if (next.status === 'parked' || event.type === 'step-claimed') return withoutAdvance(next);

  if (event.type === 'step-failed') {
    const { step } = event;
    if (next.steps[step]?.state !== 'ready') return withoutAdvance(next);

    return withoutAdvance(next, [{ step, delayMs: retryDelay(flow, next, event, situation.now) }]);
  }

  const walk = new RunWalk(flow, next, situation);
  if (event.type === 'step-held') walk.supervise(event.step, event.short === true);
  else walk.advance();

  // notify only the steps that became ready, because the sweeper resends lost messages
  const sends = Object.entries(walk.run.steps)
    .filter(([step, { state }]) => state === 'ready' && run.steps[step]?.state !== 'ready')
    .map(([step]) => ({ step, delayMs: 0 }));

  return { run: walk.run, rules: walk.rules, opened: walk.opened, sends };
}

function withoutAdvance(run: Run, sends: Transition['sends'] = []): Transition {
  return { run, rules: [], opened: [], sends };
}

/** Returns the ready and claimed steps, which are notified again if messages may be lost. */
export function sendsOf(run: Run): { readonly step: string; readonly delayMs: number }[] {
  if (run.status !== 'running') return [];
  return Object.entries(run.steps)
    .filter(([, { state }]) => state !== 'done')
    .map(([step]) => ({ step, delayMs: 0 }));
}

/**
 * Applies an event without advancing the run. Returns undefined if the event does not fit the run.
 */
function apply(flow: Flow, run: Run, event: Event, now: number): Run | undefined {
  if (run.status === 'done' || run.status === 'rejected' || run.status === 'parked')
    return undefined;

  switch (event.type) {
    case 'started':
      return run;
    case 'parked': {
      const { step, code, reason } = event;
      return parkRun(run, { step, code, reason });
    }
    case 'gate-settled': {
      const { gate, outcome } = event;
      if (run.gates[gate] !== 'open') return undefined;

      const gates = { ...run.gates, [gate]: outcome };
      return { ...run, status: 'running', gates, steps: stepsAfterGate(run, gate, outcome) };
    }
    default:
      return applyToStep(flow, run, event, now);
  }
}

function applyToStep(
  flow: Flow,
  run: Run,
  event: Extract<Event, { type: 'step-done' | 'step-claimed' | 'step-held' | 'step-failed' }>,
  now: number,
): Run | undefined {
  const step = run.steps[event.step];
  if (step === undefined || step.state === 'done') return undefined;

  switch (event.type) {
    case 'step-done': {
      const { waiting: _, ...ended } = step;
      const pretended = event.pretended ? true : ended.pretended;
      return withStep(run, event.step, { ...ended, state: 'done', pretended });
    }
    case 'step-claimed': {
      const attempts = (step.attempts ?? 0) + 1;
      const claimed = withStep(run, event.step, { ...step, state: 'claimed', attempts });
      return { ...claimed, claims: { ...run.claims, [event.step]: event.intent } };
    }
    case 'step-held':
      return withStep(run, event.step, undefined);
    case 'step-failed':
      return failStep(flow, run, event, now);
  }
}

/**
 * Returns the steps after a gate is settled. Approval of a supervising gate makes its step ready.
 */
function stepsAfterGate(run: Run, gate: string, outcome: string): Run['steps'] {
  if (!gate.startsWith(SUPERVISE) || outcome !== 'approved') return run.steps;
  return { ...run.steps, [gate.slice(SUPERVISE.length)]: { state: 'ready' } };
}
