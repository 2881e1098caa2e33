import { ACTION_SCHEMAS, CHANGED_BY, STEP } from './action-schemas.ts';
import type { Action } from './actions.ts';
import type { Entry } from './entry.ts';

/** Functions of an automation that are none of its steps. */
const NO_STEPS: readonly string[] = ['intake', 'dead', 'sweeper', 'timers'];
/** What people do through an intake. That they asked for it is told first-hand by `run.request`. */
const OF_PEOPLE: readonly Action[] = ['run.start', 'run.refuse'];

/** The function whose page of the trail this is: what the writer's name begins with. */
export function functionOf(writer: string): string {
  return writer.split('#', 1)[0] ?? writer;
}

/**
 * Whether an entry of a run tells of what its function does itself. The cloud lets each function
 * write under its own name alone, but what it says there is its own assertion: the action is one of
 * that function's, and so is the actor. People act through functions of the platform and through
 * intakes; what any other function does is done by itself.
 *
 * False is no proof of a forgery, but nobody can rely on such an entry: whatever it says was done,
 * others do it and tell of it.
 *
 * @param fn - Whose page the entry stands in, which the store knows; not what the entry says.
 */
export function isAttested(
  { action, step, actor }: Pick<Entry, 'action' | 'step' | 'actor'>,
  fn: string,
): boolean {
  const [, own] = fn.split('.', 2);
  const isStep = own !== undefined && own === step && !NO_STEPS.includes(own);
  const names = own === undefined ? [fn] : [`.${own}`, ...(isStep ? [STEP] : [])];
  const { by = [], ofRun } = ACTION_SCHEMAS[action];
  if (ofRun === undefined || !names.some((name) => by.includes(name))) return false;

  return actor.kind === 'service'
    ? actor.id === fn
    : own === undefined || (own === 'intake' && OF_PEOPLE.includes(action));
}

/** Whether what an entry of the action tells is about a run. */
export const isAboutRun = (action: Action): boolean => ACTION_SCHEMAS[action].ofRun === true;

/**
 * What of an entry is not as the function that does such things writes it; undefined when nothing
 * is. Nobody can rely on an entry of which there is something: the function does not do this, the
 * documents did not change without which it did not happen, or others did.
 *
 * Of an entry alone: whether what it says of documents is so, the trail and the documents tell.
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

  const strange = [...kinds].find(
    (kind) => expected === undefined || CHANGED_BY[kind]?.includes(action) === false,
  );
  if (strange !== undefined) return `an entry of this action changes no ${strange}`;

  return changes.every(({ target }) => isOfRun(target, entry, fn))
    ? undefined
    : 'it changed documents of another run';
}

const kindOf = (target: string): string => target.split('#', 1)[0] ?? '';

/** Kinds of documents whose key ends with the run they belong to, or with it and a name. */
const OF_RUNS: readonly string[] = [
  'run',
  'fields',
  'claim',
  'gate',
  'decision',
  'participant',
  'timer',
  'reservation',
];

/** Whether a document that belongs to a run belongs to the one that the entry names. */
function isOfRun(
  target: string,
  { workspace, run = '' }: Pick<Entry, 'workspace' | 'run'>,
  fn: string,
): boolean {
  const [kind = '', automation, of, ...rest] = target.split('#');
  if (!OF_RUNS.includes(kind)) return true;

  const [own, name] = fn.split('.', 2);
  const last = rest.at(-1) ?? '';

  return (
    of === workspace &&
    (last === run || last.startsWith(`${run}.`)) &&
    (name === undefined || automation === own)
  );
}
