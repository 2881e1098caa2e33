import type { AutomationLock } from '#infra/lock/automation-lock.ts';
import { factInWords, ruleInWords } from '../words/rule.ts';
import { type Direction, difference, type Part, pairs } from './change.ts';

/**
 * What has changed of rules. Whether a rule hits more often than before cannot be told, so each
 * change counts as wider.
 */
export function ruleChanges(
  { rules: before }: AutomationLock,
  { rules: after }: AutomationLock,
): Part[] {
  return pairs(before, after).flatMap(({ name, was, is }) => {
    // which gates and ways ask it is said of those
    if (was === undefined)
      return is === undefined ? [] : [part('same', `: new rule ${name}: ${ruleInWords(is)}`)];
    if (is === undefined) return [part('same', `: rule ${name} is gone: ${ruleInWords(was)}`)];

    const settings = pairs(was.settings, is.settings).flatMap(
      ({ name: setting, was: one, is: other }) => {
        if (JSON.stringify(one) === JSON.stringify(other)) return [];
        if (one === undefined)
          return [`has setting ${setting} now, which is ${factInWords(other ?? null)}`];
        if (other === undefined)
          return [`no longer has setting ${setting}, which was ${factInWords(one)}`];
        return [`has ${setting} ${factInWords(other)} now, was ${factInWords(one)}`];
      },
    );

    return [
      ...settings,
      ...difference(is.reads, was.reads).map((field) => `now looks at ${field}, too`),
      ...difference(was.reads, is.reads).map((field) => `no longer looks at ${field}`),
      ...(was.says === is.says ? [] : [`says "${is.says}" now, was "${was.says}"`]),
    ].map((says) => part('wider', `: rule ${name} ${says}`));
  });
}

const part = (direction: Direction, says: string): Part => ({
  direction,
  weight: 'decision',
  says,
});
