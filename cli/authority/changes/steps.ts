import type { AutomationLock, StepLock } from '#infra/lock/automation-lock.ts';
import { formatDuration } from '../descriptions/duration.ts';
import { type ChangeDetail, detail, difference, pairByName } from './change.ts';
import { describeDeciderChange } from './roles.ts';

/**
 * Lists the changes of steps, such as their conditions and retry settings. A new or removed step is
 * described by the change of its function.
 */
export function stepChanges(
  { steps: before }: AutomationLock,
  { steps: after }: AutomationLock,
): { step: string; changes: ChangeDetail[] }[] {
  return pairByName(before, after).map(({ name, was, is }) => {
    if (was !== undefined && is !== undefined)
      return {
        step: name,
        changes: (Object.keys(COMPARE) as (keyof StepLock)[]).flatMap((member) =>
          compare(member, was, is),
        ),
      };

    return {
      step: name,
      changes: [
        detail(
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

type Compare<T> = (before: T, after: T) => ChangeDetail[];

const compare = <M extends keyof StepLock>(member: M, before: StepLock, after: StepLock) =>
  COMPARE[member](before[member], after[member]);

/**
 * Returns a comparison of a retry setting. Such a change does not widen authority, because every
 * attempt does the same.
 */
const compareRetry =
  (sentence: (value: string) => string, format: (n: number) => string): Compare<number> =>
  (before, after) =>
    before === after
      ? []
      : [detail('same', 'rest', `${sentence(format(after))} now, was ${format(before)}`)];

/** Comparison of each member. The type requires one for every member. */
const COMPARE: { readonly [M in keyof Required<StepLock>]: Compare<StepLock[M]> } = {
  onlyIf: (before, after) => [
    ...difference(before, after).map((condition) =>
      detail('wider', 'decision', ` is no longer done only if ${condition}`),
    ),
    ...difference(after, before).map((condition) =>
      detail('narrower', 'decision', ` is done only if ${condition} now`),
    ),
  ],
  supervisedBy: (before = [], after = []) => {
    const says = describeDeciderChange(before, after);
    return says === undefined
      ? []
      : [detail('wider', 'decision', `: while the rollout is supervised, it ${says}`)];
  },
  attempts: compareRetry((times) => ` is tried ${times} times`, String),
  baseMs: compareRetry((pause) => ` first pauses up to ${pause}`, formatDuration),
  capMs: compareRetry((pause) => ` never pauses longer than ${pause}`, formatDuration),
  timeoutMs: compareRetry((time) => ` may run for ${time}`, formatDuration),
};
