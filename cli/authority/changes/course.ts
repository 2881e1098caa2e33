import type { AutomationLock } from '#infra/lock/automation-lock.ts';
import { difference, type Part } from './change.ts';

/**
 * What has changed of the order in which an automation goes, where its steps and gates do not say
 * it themselves.
 */
export function courseChanges(before: AutomationLock, after: AutomationLock): Part[] {
  const part = (says: string): Part => ({
    direction: 'wider',
    weight: 'rest',
    says: `: its course ${says}`,
  });

  const untold = (line: string) => !isTold(line, before, after);
  const [was, is] = [before.course, after.course];
  // of what is in both, told or not, the order is compared
  const [kept, keeps] = [
    was.filter((line) => is.includes(line)),
    is.filter((line) => was.includes(line)),
  ];

  return [
    ...difference(is, was)
      .filter(untold)
      .map((line) => part(`now has ${line}`)),
    ...difference(was, is)
      .filter(untold)
      .map((line) => part(`no longer has ${line}`)),
    ...(kept.join('\n') === keeps.join('\n')
      ? []
      : [part(`is in another order now: ${is.join('; ')}`)]),
  ];
}

/** Whether a gate came or went, or a gate or a step is in another branch: that is said of it. */
function isTold(line: string, before: AutomationLock, after: AutomationLock): boolean {
  const [, kind, name = ''] = /^(step|gate) ([^ ,]+)/.exec(line) ?? [];
  const of = (lock: AutomationLock) =>
    kind === 'gate' ? lock.gates[name] : kind === 'step' ? lock.steps[name] : undefined;
  const [was, is] = [of(before), of(after)];
  if (was === undefined || is === undefined) return kind === 'gate' && was !== is;
  return was.onlyIf.join('\n') !== is.onlyIf.join('\n');
}
