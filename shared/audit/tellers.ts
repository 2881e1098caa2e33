import type { Action } from './actions.ts';
import type { Entry } from './entry.ts';

/** The step that an entry names. */
const STEP = '.<step>';

/**
 * Who does what an entry of a run says was done: functions of the platform by their names, those of the run's automation by what
 * follows its name. Actions that are not here are not about a run.
 *
 * The cloud lets each function write under its own name alone, but what it says there is its own assertion. So an entry is first-hand
 * only where it is by one of these.
 */
const TELLERS: Readonly<Partial<Record<Action, readonly string[]>>> = {
  'run.request': ['runs'],
  'run.start': ['.intake'],
  'run.refuse': ['.intake'],
  'run.read': ['runs'],
  'run.park': [STEP, '.intake', '.dead'],
  'run.mark': ['.dead'],
  'trail.read': ['trail'],
  'step.done': [STEP],
  'step.retry': [STEP],
  'effect.claim': [STEP],
  'effect.hold': [STEP],
  'effect.resume': [STEP],
  'gate.read': ['gates'],
  'gate.decide': ['gates'],
  'gate.pass': ['.intake'],
};

/** Functions of an automation that are none of its steps. */
const NO_STEPS: readonly string[] = ['intake', 'dead', 'sweeper', 'timers'];
/** What people do through an intake. That they asked for it is told first-hand by `run.request`. */
const OF_PEOPLE: readonly Action[] = ['run.start', 'run.refuse'];

/** The function whose page of the trail this is: what the writer's name begins with. */
export function functionOf(writer: string): string {
  return writer.split('#', 1)[0] ?? writer;
}

/**
 * Whether an entry of a run tells of what its function does itself: the action is one of that function's, and so is the actor. People act
 * through functions of the platform and through intakes; what any other function does is done by itself.
 *
 * False is no proof of a forgery, but nobody can rely on such an entry: whatever it says was done, others do it and tell of it.
 *
 * @param fn - Whose page the entry stands in, which the store knows; not what the entry says.
 */
export function isFirstHand({ action, step, actor }: Pick<Entry, 'action' | 'step' | 'actor'>, fn: string): boolean {
  const [, own] = fn.split('.', 2);
  const isStep = own !== undefined && own === step && !NO_STEPS.includes(own);
  const names = own === undefined ? [fn] : [`.${own}`, ...(isStep ? [STEP] : [])];
  if (!names.some((name) => TELLERS[action]?.includes(name))) return false;
  return actor.kind === 'service' ? actor.id === fn : own === undefined || (own === 'intake' && OF_PEOPLE.includes(action));
}
