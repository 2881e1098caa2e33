import type { AutomationLock, StepLock } from '#infra/lock/automation-lock.ts';
import { durationInWords } from '../words/duration.ts';
import { type Direction, difference, type Part, pairs, type Weight } from './change.ts';
import { rolesInWords } from './roles.ts';

/**
 * What has changed of when and how often steps run, by step. A step that comes or goes is told as a
 * function.
 */
export function stepChanges(
  { steps: before }: AutomationLock,
  { steps: after }: AutomationLock,
): { step: string; parts: Part[] }[] {
  return pairs(before, after).map(({ name, was, is }) => {
    if (was !== undefined && is !== undefined)
      return {
        step: name,
        parts: (Object.keys(COMPARE) as (keyof StepLock)[]).flatMap((member) =>
          compare(member, was, is),
        ),
      };

    return {
      step: name,
      parts: [
        part(
          'wider',
          'rest',
          is === undefined
            ? ' is no step of its automation now'
            : ' is a step of its automation now',
        ),
      ],
    };
  });
}

const part = (direction: Direction, weight: Weight, says: string): Part => ({
  direction,
  weight,
  says,
});

type Compare<T> = (before: T, after: T) => Part[];

const compare = <M extends keyof StepLock>(member: M, before: StepLock, after: StepLock) =>
  COMPARE[member](before[member], after[member]);

/** How it is tried widens nothing: what it does each time is the same. */
const trying =
  (words: (value: string) => string, value: (n: number) => string): Compare<number> =>
  (before, after) =>
    before === after
      ? []
      : [part('same', 'rest', `${words(value(after))} now, was ${value(before)}`)];

/** How each member is compared. One without a line here does not compile. */
const COMPARE: { readonly [M in keyof Required<StepLock>]: Compare<StepLock[M]> } = {
  onlyIf: (before, after) => [
    ...difference(before, after).map((condition) =>
      part('wider', 'decision', ` is no longer done only if ${condition}`),
    ),
    ...difference(after, before).map((condition) =>
      part('narrower', 'decision', ` is done only if ${condition} now`),
    ),
  ],
  supervisedBy: (before = [], after = []) => {
    const says = rolesInWords(before, after);
    return says === undefined
      ? []
      : [part('wider', 'decision', `: while the rollout is supervised, it ${says}`)];
  },
  attempts: trying((times) => ` is tried ${times} times`, String),
  baseMs: trying((pause) => ` first pauses up to ${pause}`, durationInWords),
  capMs: trying((pause) => ` never pauses longer than ${pause}`, durationInWords),
  timeoutMs: trying((time) => ` may run for ${time}`, durationInWords),
};
