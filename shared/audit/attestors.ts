import { ACTION_SCHEMAS, CHANGED_BY, STEP } from './action-schemas.ts';
import type { Action } from './actions.ts';
import type { Entry } from './entry.ts';

/** Functions of an automation other than its steps. */
const NON_STEP_FUNCTIONS: readonly string[] = ['intake', 'dead', 'sweeper', 'timers'];
/**
 * Human actions that an intake records. A `run.request` entry proves that a person made the request.
 */
const ACTIONS_OF_PEOPLE: readonly Action[] = ['run.start', 'run.refuse'];

/** Returns the function of a writer: the first part of its name. */
export function functionOf(writer: string): string {
  return writer.split('#', 1)[0] ?? writer;
}

/**
 * Returns true if a function may write this entry about a run. On AWS, IAM guarantees the name that
 * an entry is stored under, but the function chooses the content. Therefore, the function must be
 * one that performs the action, and the actor must be the function itself. Only platform functions
 * and intakes record actions of people.
 *
 * False does not prove forgery, but the entry is not reliable: other functions perform and record
 * the action.
 *
 * @param fn - Function under whose name the entry is stored. Never take it from the content of the
 *   entry.
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
 * Returns a contradiction between the entry and the schema of its action; undefined when they
 * agree. An entry with a contradiction is not reliable: its function does not perform the action, a
 * document that the action changes did not change, or an unrelated document changed.
 *
 * Checks the entry alone. Whether its commitments are correct is checked against the trail and the
 * documents.
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
