import type { AutomationLock } from '#infra/lock/automation-lock.ts';
import { type ChangeDetail, detail, difference } from './change.ts';

/**
 * Lists the changes of a flow that the changes of its steps and gates do not show, such as a new
 * order.
 */
export function flowOrderChanges(before: AutomationLock, after: AutomationLock): ChangeDetail[] {
  const isUndescribed = (line: string) => !isDescribed(line, before, after);
  const [was, is] = [before.course, after.course];

  const changes = [
    ...difference(is, was)
      .filter(isUndescribed)
      .map((line) => `now has ${line}`),
    ...difference(was, is)
      .filter(isUndescribed)
      .map((line) => `no longer has ${line}`),
  ];

  // includes lines that other changes describe, because only the order is compared
  const wasOrder = was.filter((line) => is.includes(line));
  const isOrder = is.filter((line) => was.includes(line));

  if (wasOrder.join('\n') !== isOrder.join('\n'))
    changes.push(`is in another order now: ${is.join('; ')}`);

  return changes.map((change) => detail('wider', 'rest', `: its flow ${change}`));
}

/**
 * Checks whether the changes of gates and steps already describe a line: it is a new or removed
 * gate, or a gate or step that is now in another branch.
 */
function isDescribed(line: string, before: AutomationLock, after: AutomationLock): boolean {
  const [, kind, name = ''] = /^(step|gate) ([^ ,]+)/.exec(line) ?? [];
  const find = (lock: AutomationLock) =>
    kind === 'gate' ? lock.gates[name] : kind === 'step' ? lock.steps[name] : undefined;

  const [was, is] = [find(before), find(after)];
  if (was === undefined || is === undefined) return kind === 'gate' && was !== is;

  return was.onlyIf.join('\n') !== is.onlyIf.join('\n');
}
