import type { AutomationLock } from '#infra/lock/automation-lock.ts';
import { describeRule, formatSetting } from '../descriptions/rule.ts';
import { type ChangeDetail, detail, difference, pairByName } from './change.ts';

/**
 * Lists the changes of rules. Every change counts as wider, because the lock does not show whether
 * a rule now hits more often.
 */
export function ruleChanges(
  { rules: before }: AutomationLock,
  { rules: after }: AutomationLock,
): ChangeDetail[] {
  return pairByName(before, after).flatMap(({ name, was, is }) => {
    // the gates and branches that use the rule are already listed as changes
    if (was === undefined)
      return is === undefined
        ? []
        : [detail('same', 'decision', `: new rule ${name}: ${describeRule(is)}`)];
    if (is === undefined)
      return [detail('same', 'decision', `: rule ${name} is gone: ${describeRule(was)}`)];

    const settings = pairByName(was.settings, is.settings).flatMap(
      ({ name: setting, was: one, is: other }) => {
        if (JSON.stringify(one) === JSON.stringify(other)) return [];
        if (one === undefined)
          return [`has setting ${setting} now, which is ${formatSetting(other ?? null)}`];
        if (other === undefined)
          return [`no longer has setting ${setting}, which was ${formatSetting(one)}`];
        return [`has ${setting} ${formatSetting(other)} now, was ${formatSetting(one)}`];
      },
    );

    const changes = [
      ...settings,
      ...difference(is.reads, was.reads).map((field) => `now looks at ${field}, too`),
      ...difference(was.reads, is.reads).map((field) => `no longer looks at ${field}`),
    ];
    if (was.says !== is.says) changes.push(`says "${is.says}" now, was "${was.says}"`);

    return changes.map((change) => detail('wider', 'decision', `: rule ${name} ${change}`));
  });
}
