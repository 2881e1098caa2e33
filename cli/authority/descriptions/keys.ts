import { arnsNowhere, NOWHERE } from '#infra/naming/placeholders.ts';
import { subjectKeyTarget, workspaceKeyTarget } from '#shared/crypto/index.ts';
import { list, target, WORKSPACES, workspaceTarget } from '#shared/engine/index.ts';
import { directoryList, directoryTarget, PEOPLE } from '#shared/identity/person.ts';
import { DATA_CLASSES, SEALED_CLASSES } from '#shared/kernel/index.ts';
import { DUE, LIST, RUN, SWEEP } from '#shared/ledger/tables.ts';
import { type Recognizer, recognizer } from './recognizer.ts';

const ARNS = arnsNowhere(NOWHERE);
const any = { automation: 'A', workspace: '*', run: '*' };
const every = { ...any, automation: '*' };

/** Recognizers of keys, by table or index. */
const ITEMS: Readonly<Record<string, Recognizer>> = {
  [ARNS.state]: recognizer([
    [target.run(any), 'runs of A'],
    ...DATA_CLASSES.map(
      (dataClass) => [target.fields(any, dataClass), `${dataClass} fields of A`] as const,
    ),
    [target.claim(any, '*'), 'claims of A'],
    [target.claim(any, 'B'), 'claims of A.B'],
    [target.gate(any, '*'), 'gates of A'],
    [target.gate(any, 'B'), 'gate A.B'],
    [target.timer(any, '*'), 'timers of A'],
    [target.timer(any, 'B'), 'the timer of gate A.B'],
    [target.decision(any, '*'), 'decisions of A'],
    [target.participant(any, '*'), 'who takes part in runs of A'],
    [target.control(any), 'the rollout of A'],
    [target.record(any, 'B', '*'), 'records of A.B'],
    [target.balance(any, '*', '*'), 'balances of A'],
    [target.balance(any, 'B', '*'), 'balances of A.B'],
    [target.reservation(any, '*'), 'reservations of A'],
    [target.reservation(any, 'B'), 'reservations of A.B'],
    [target.run(every), 'runs of every automation'],
    ...DATA_CLASSES.map(
      (dataClass) =>
        [target.fields(every, dataClass), `${dataClass} fields of every automation`] as const,
    ),
    [target.gate(every, '*'), 'gates of every automation'],
    [target.decision(every, '*'), 'decisions of every automation'],
    [target.participant(every, '*'), 'who takes part in runs of every automation'],
    [target.control(every), 'rollouts of every automation'],
    [workspaceTarget('*'), 'what workspaces are'],
    [workspaceTarget(PEOPLE), 'the workspace of the directory'],
    [directoryTarget.person('*'), 'persons'],
    [directoryTarget.role('*'), 'custom roles'],
    [directoryTarget.firstAdmin, 'that there is a first admin'],
  ]),
  [ARNS.index(LIST.index)]: recognizer([
    [list.runs('*', '*'), 'runs of every automation'],
    [list.gates('*'), 'gates that wait'],
    [directoryList.people, 'persons'],
    [directoryList.roles, 'custom roles'],
    [WORKSPACES, 'what workspaces there are'],
  ]),
  [`${ARNS.trail}/index/${RUN.index}`]: recognizer([['*', 'entries of every run']]),
  [ARNS.index(DUE.index)]: recognizer([[`${DUE.partition}#A#*`, 'what is due of A']]),
  [ARNS.index(SWEEP.index)]: recognizer([[`${SWEEP.partition}#A#*`, 'what is to be swept of A']]),
  [ARNS.trail]: recognizer([
    ['A.B#*', 'entries of A.B'],
    ['A#*', 'entries of A'],
    ['*', 'every entry'],
  ]),
  [ARNS.keys]: recognizer([
    ...SEALED_CLASSES.map(
      (dataClass) =>
        [workspaceKeyTarget({ workspace: '*', class: dataClass }), `${dataClass} keys`] as const,
    ),
    ...SEALED_CLASSES.map(
      (dataClass) =>
        [subjectKeyTarget('*', dataClass, '*'), `${dataClass} keys of subjects`] as const,
    ),
    [workspaceKeyTarget({ workspace: '*', purpose: 'run-id' }), 'the secret that names runs'],
    [workspaceKeyTarget({ workspace: '*', purpose: 'token' }), 'the secret that finds subjects'],
    ['token#*#A.*', 'the directory of every A'],
    [`key#*#${PEOPLE}`, 'keys of the directory'],
    [`key#*#${PEOPLE}#*`, 'keys of persons'],
    [`token#${PEOPLE}#*`, 'rows that lead to persons'],
    ['key#*#*#*', 'keys of subjects'],
    [workspaceKeyTarget({ workspace: PEOPLE, purpose: 'token' }), 'the secret that finds persons'],
    [`token#${PEOPLE}#login.*`, 'logins'],
    ...SEALED_CLASSES.map(
      (dataClass) =>
        [
          workspaceKeyTarget({ workspace: PEOPLE, class: dataClass }),
          `the ${dataClass} key of the directory`,
        ] as const,
    ),
    [
      workspaceKeyTarget({ workspace: PEOPLE, purpose: 'run-id' }),
      'the run-id key of the directory',
    ],
    [subjectKeyTarget(PEOPLE, 'personal', '*'), 'personal keys of persons'],
  ]),
};

/**
 * Describes the items that a pattern of partition keys covers: `financial fields of
 * invoice-approval`. An unknown pattern is returned literally.
 */
export const describeKeys = (pattern: string, table: string, about?: string): string =>
  ITEMS[table]?.(pattern, about) ?? `items with keys like ${pattern}`;

/**
 * Describes the items that a pattern covers, in the first of several tables whose keys match it.
 */
export function describeKeysOfAny(
  pattern: string,
  tables: readonly string[],
  about?: string,
): string {
  const known = tables.find((table) => ITEMS[table]?.(pattern, about) !== undefined);
  return describeKeys(pattern, known ?? tables[0] ?? '', about);
}
