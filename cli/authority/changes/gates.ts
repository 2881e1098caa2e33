import type { AutomationLock, GateLock } from '#infra/lock/automation-lock.ts';
import { durationInWords } from '../words/duration.ts';
import { gateInWords, waitsInWords } from '../words/gate.ts';
import { listed } from '../words/listed.ts';
import { type Direction, difference, type Part, pairs } from './change.ts';
import { rolesInWords } from './roles.ts';

/**
 * What has changed of where people decide. Whatever lets a run on without a person, or with another
 * one, is wider.
 */
export function gateChanges(before: AutomationLock, after: AutomationLock): Part[] {
  const gone = difference(Object.keys(before.steps), Object.keys(after.steps));
  return pairs(before.gates, after.gates).flatMap(({ name, was, is }) => {
    if (was === undefined)
      return is === undefined ? [] : [part('narrower', `: new gate ${name}: ${gateInWords(is)}`)];
    if (is === undefined) return [part('wider', `: gate ${name} is gone: ${gateInWords(was)}`)];

    // what became of a step that is no longer there is said of the step
    const kept = { ...was, covers: difference(was.covers, gone) };

    return (Object.keys(COMPARE) as (keyof GateLock)[])
      .flatMap((member) => compare(member, kept, is))
      .map(([direction, says]) => part(direction, `: gate ${name} ${says}`));
  });
}

const part = (direction: Direction, says: string): Part => ({
  direction,
  weight: 'decision',
  says,
});

type Said = readonly [direction: Direction, says: string];
type Compare<T> = (before: T, after: T) => Said[];

const compare = <M extends keyof GateLock>(member: M, before: GateLock, after: GateLock) =>
  COMPARE[member](before[member], after[member]);

/** A list whose values each are said in the same words. */
function list(
  gained: Direction,
  lost: Direction,
  now: (names: string) => string,
  noLonger: (names: string) => string,
) {
  return (before: readonly string[], after: readonly string[]): Said[] => {
    const [more, less] = [difference(after, before), difference(before, after)];
    return [
      ...(more.length === 0 ? [] : [[gained, now(listed(more, 'and'))] as const]),
      ...(less.length === 0 ? [] : [[lost, noLonger(listed(less, 'and'))] as const]),
    ];
  };
}

/** How each member is compared. One without a line here does not compile. */
const COMPARE: { readonly [M in keyof GateLock]: Compare<GateLock[M]> } = {
  decidedBy: (before, after) => {
    const says = rolesInWords(before, after);
    return says === undefined ? [] : [['wider', says]];
  },
  covers: list(
    'narrower',
    'wider',
    (steps) => `comes before ${steps} now`,
    (steps) => `no longer comes before ${steps}`,
  ),
  waitsWhen: (before, after) => {
    if (before === 'always' || after === 'always')
      return before === after
        ? []
        : [
            [
              after === 'always' ? 'narrower' : 'wider',
              `${waitsInWords(after)} now, and before: ${waitsInWords(before)}`,
            ],
          ];

    const [more, less] = [difference(after, before), difference(before, after)];

    return [
      ...(more.length === 0
        ? []
        : [['narrower', `now also waits when ${listed(more, 'or')}`] as const]),
      ...(less.length === 0
        ? []
        : [['wider', `no longer waits when ${listed(less, 'or')}`] as const]),
    ];
  },
  // who sees less decides on less, and who sees more learns more
  shows: list(
    'wider',
    'wider',
    (fields) => `now also shows ${fields} to whoever decides`,
    (fields) => `no longer shows ${fields} to whoever decides`,
  ),
  expiresMs: (before, after) =>
    before === after
      ? []
      : [
          [
            after > before ? 'wider' : 'narrower',
            `counts as rejected after ${durationInWords(after)} now, was ${durationInWords(before)}`,
          ],
        ],
  onlyIf: list(
    'wider',
    'narrower',
    (conditions) => `is reached only if ${conditions} now`,
    (conditions) => `is no longer reached only if ${conditions}`,
  ),
};
