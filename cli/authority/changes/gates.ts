import type { AutomationLock, GateLock } from '#infra/lock/automation-lock.ts';
import { formatDuration } from '../descriptions/duration.ts';
import { describeGate, describeWaiting } from '../descriptions/gate.ts';
import { joinNames } from '../descriptions/join-names.ts';
import { type ChangeDetail, type Direction, detail, difference, pairByName } from './change.ts';
import { describeDeciderChange } from './roles.ts';

/**
 * Lists the changes of gates. A change is wider if it lets a run continue without a decision, or if
 * it lets another person decide.
 */
export function gateChanges(before: AutomationLock, after: AutomationLock): ChangeDetail[] {
  const removed = difference(Object.keys(before.steps), Object.keys(after.steps));
  return pairByName(before.gates, after.gates).flatMap(({ name, was, is }) => {
    if (was === undefined)
      return is === undefined
        ? []
        : [detail('narrower', 'decision', `: new gate ${name}: ${describeGate(is)}`)];
    if (is === undefined)
      return [detail('wider', 'decision', `: gate ${name} is gone: ${describeGate(was)}`)];

    // removed steps are already listed as changes
    const comparable = { ...was, covers: difference(was.covers, removed) };

    return (Object.keys(COMPARE) as (keyof GateLock)[])
      .flatMap((member) => compare(member, comparable, is))
      .map(([direction, says]) => detail(direction, 'decision', `: gate ${name} ${says}`));
  });
}

type GateChange = readonly [direction: Direction, says: string];
type Compare<T> = (before: T, after: T) => GateChange[];

const compare = <M extends keyof GateLock>(member: M, before: GateLock, after: GateLock) =>
  COMPARE[member](before[member], after[member]);

/**
 * Returns a comparison of two lists that reports all added values in one sentence and all removed
 * values in another.
 */
function list(sentences: {
  readonly added: readonly [Direction, (names: string) => string];
  readonly removed: readonly [Direction, (names: string) => string];
  readonly join?: 'and' | 'or';
}) {
  const { added, removed, join = 'and' } = sentences;
  return (before: readonly string[], after: readonly string[]): GateChange[] =>
    [
      { names: difference(after, before), sentence: added },
      { names: difference(before, after), sentence: removed },
    ]
      .filter(({ names }) => names.length > 0)
      .map(({ names, sentence: [direction, says] }) => [direction, says(joinNames(names, join))]);
}

const compareRules = list({
  added: ['narrower', (rules) => `now also waits when ${rules}`],
  removed: ['wider', (rules) => `no longer waits when ${rules}`],
  join: 'or',
});

/** Comparison of each member. The type requires one for every member. */
const COMPARE: { readonly [M in keyof GateLock]: Compare<GateLock[M]> } = {
  decidedBy: (before, after) => {
    const says = describeDeciderChange(before, after);
    return says === undefined ? [] : [['wider', says]];
  },
  covers: list({
    added: ['narrower', (steps) => `comes before ${steps} now`],
    removed: ['wider', (steps) => `no longer comes before ${steps}`],
  }),
  waitsWhen: (before, after) => {
    if (before !== 'always' && after !== 'always') return compareRules(before, after);
    if (before === after) return [];

    return [
      [
        after === 'always' ? 'narrower' : 'wider',
        `${describeWaiting(after)} now, and before: ${describeWaiting(before)}`,
      ],
    ];
  },
  // both are wider: without a field, approvers decide with less information; with a new field, they
  // see more data
  shows: list({
    added: ['wider', (fields) => `now also shows ${fields} to its approvers`],
    removed: ['wider', (fields) => `no longer shows ${fields} to its approvers`],
  }),
  expiresMs: (before, after) =>
    before === after
      ? []
      : [
          [
            after > before ? 'wider' : 'narrower',
            `counts as rejected after ${formatDuration(after)} now, was ${formatDuration(before)}`,
          ],
        ],
  onlyIf: list({
    added: ['wider', (conditions) => `is reached only if ${conditions} now`],
    removed: ['narrower', (conditions) => `is no longer reached only if ${conditions}`],
  }),
};
