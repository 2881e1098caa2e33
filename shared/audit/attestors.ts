import { ACTION_SCHEMAS, CHANGED_BY, STEP } from './action-schemas.ts';
import type { Action } from './actions.ts';
import type { Entry } from './entry.ts';

/** Functions of an automation other than its steps. */
const NON_STEP_FUNCTIONS: readonly string[] = ['intake', 'dead', 'sweeper', 'timers'];
/** Actions of people that an intake records. `run.request` attests that they asked. */
const ACTIONS_OF_PEOPLE: readonly Action[] = ['run.start', 'run.refuse'];

/** Returns the function of a writer: the first part of its name. */
export function functionOf(writer: string): string {
  return writer.split('#', 1)[0] ?? writer;
}

/**
 * Returns true when a function's entry about a run records an action of its own. On AWS each
 * function can write under its own name only, but the content is its own assertion, so the action
 * must be one that the function performs, and the actor the function itself. People act only
 * through functions of the platform and through intakes.
 *
 * False does not prove a forgery, but the entry is no evidence: other functions perform the action
 * and record it.
 *
 * @param fn - Function under whose name the entry is stored, as the store knows it; not as the
 *   entry claims.
 */
export function isAttested(
  { action, step, actor }: Pick<Entry, 'action' | 'step' | 'actor'>,
  fn: string,
): boolean {
  const [, part] = fn.split('.', 2);
  const isStep = part !== undefined && part === step && !NON_STEP_FUNCTIONS.includes(part);
  const names = part === undefined ? [fn] : [`.${part}`];
  if (isStep) names.push(STEP);

  const { by = [], ofRun } = ACTION_SCHEMAS[action];
  if (ofRun === undefined || !names.some((name) => by.includes(name))) return false;

  return actor.kind === 'service'
    ? actor.id === fn
    : part === undefined || (part === 'intake' && ACTIONS_OF_PEOPLE.includes(action));
}

/** Returns true for actions about a run. */
export const isAboutRun = (action: Action): boolean => ACTION_SCHEMAS[action].ofRun === true;

/**
 * Returns what contradicts the schema of the entry's action; undefined when nothing does. An entry
 * with a contradiction is no evidence: its function does not perform the action, a document that
 * the action changes did not change, or another one did.
 *
 * Judges the entry alone: the trail and the documents show whether its commitments hold.
 */
export function schemaProblem(entry: Entry): string | undefined {
  const { action, outcome, changes = [] } = entry;
  const fn = functionOf(entry.writer);
  const { by, ofRun, changes: expected } = ACTION_SCHEMAS[action];
  if (ofRun ? !isAttested(entry, fn) : by !== undefined && !by.includes(fn))
    return `${fn} does not do this`;

  const kinds = new Set(changes.map(({ target }) => kindOf(target)));
  const missing = expected?.[outcome]?.find((kind) => !kinds.has(kind));
  if (missing !== undefined) return `it changed no ${missing}`;

  const unexpected = [...kinds].find(
    (kind) => expected === undefined || CHANGED_BY[kind]?.includes(action) === false,
  );
  if (unexpected !== undefined) return `an entry of this action changes no ${unexpected}`;

  return changes.every(({ target }) => isOfRun(target, entry, fn))
    ? undefined
    : 'it changed documents of another run';
}

const kindOf = (target: string): string => target.split('#', 1)[0] ?? '';

/** Kinds of documents whose key ends with a run, or with a run and a name. */
const KINDS_OF_RUNS: readonly string[] = [
  'run',
  'fields',
  'claim',
  'gate',
  'decision',
  'participant',
  'timer',
  'reservation',
];

/** Returns true for a document of the entry's run, or one that belongs to no run. */
function isOfRun(
  target: string,
  { workspace, run = '' }: Pick<Entry, 'workspace' | 'run'>,
  fn: string,
): boolean {
  const [kind = '', automation, of, ...rest] = target.split('#');
  if (!KINDS_OF_RUNS.includes(kind)) return true;

  const [automationOfWriter, name] = fn.split('.', 2);
  const last = rest.at(-1) ?? '';

  return (
    of === workspace &&
    (last === run || last.startsWith(`${run}.`)) &&
    (name === undefined || automation === automationOfWriter)
  );
}
