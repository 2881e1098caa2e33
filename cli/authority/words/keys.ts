import { arnsNowhere, NOWHERE } from '#infra/lock/placeholders.ts';
import { subjectKeyTarget, workspaceKeyTarget } from '#shared/crypto/index.ts';
import { target } from '#shared/engine/index.ts';
import { DATA_CLASSES, SEALED_CLASSES } from '#shared/kernel/index.ts';
import { DUE, SWEEP } from '#shared/ledger/tables.ts';
import { type Recognizer, recognizer } from './recognizer.ts';

const ARNS = arnsNowhere(NOWHERE);
const any = { automation: 'A', workspace: '*', run: '*' };

/** Items by the table or index they are in. */
const ITEMS: Readonly<Record<string, Recognizer>> = {
  [ARNS.state]: recognizer([
    [target.run(any), 'runs of A'],
    ...DATA_CLASSES.map((dataClass) => [target.fields(any, dataClass), `${dataClass} fields of A`] as const),
    [target.claim(any, '*'), 'claims of A'],
    [target.claim(any, 'B'), 'claims of A.B'],
    [target.gate(any, '*'), 'gates of A'],
    [target.gate(any, 'B'), 'gate A.B'],
    [target.timer(any, '*'), 'timers of A'],
    [target.timer(any, 'B'), 'the timer of gate A.B'],
    [target.decision(any, '*'), 'decisions of A'],
    [target.control(any), 'the rollout of A'],
    [target.record(any, 'B', '*'), 'records of A.B'],
  ]),
  [ARNS.index(DUE.index)]: recognizer([[`${DUE.partition}#A#*`, 'what is due of A']]),
  [ARNS.index(SWEEP.index)]: recognizer([[`${SWEEP.partition}#A#*`, 'what is to be swept of A']]),
  [ARNS.trail]: recognizer([['A.B#*', 'entries of A.B']]),
  [ARNS.keys]: recognizer([
    ...SEALED_CLASSES.map((dataClass) => [workspaceKeyTarget({ workspace: '*', class: dataClass }), `${dataClass} keys`] as const),
    ...SEALED_CLASSES.map((dataClass) => [subjectKeyTarget('*', dataClass, '*'), `${dataClass} keys of subjects`] as const),
    [workspaceKeyTarget({ workspace: '*', purpose: 'run-id' }), 'the secret that names runs'],
    [workspaceKeyTarget({ workspace: '*', purpose: 'token' }), 'the secret that finds subjects'],
    ['token#*#A.*', 'the directory of every A'],
  ]),
};

/** What a pattern of partition keys takes in: `financial fields of invoice-approval`. One of no known form is said as it stands. */
export const keysInWords = (pattern: string, place: string, about?: string): string =>
  ITEMS[place]?.(pattern, about) ?? `items with keys like ${pattern}`;
