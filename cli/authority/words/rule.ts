import type { RuleLock } from '#infra/lock/automation-lock.ts';

/**
 * What a rule looks at and says, with its settings: `reads payable; limit is 1,000,000; says "…"`.
 */
export function ruleInWords({ reads, settings, says }: RuleLock): string {
  const set = Object.entries(settings).map(([name, value]) => `${name} is ${factInWords(value)}`);
  return [`reads ${reads.join(', ') || 'nothing'}`, ...set, `says "${says}"`].join('; ');
}

/**
 * A number with its thousands apart, so that one zero more is seen; the items of a list one by one.
 */
export const factInWords = (value: RuleLock['settings'][string]): string => {
  if (Array.isArray(value)) return value.map(factInWords).join(', ') || 'none';
  return typeof value === 'number'
    ? value.toLocaleString('en-US', { maximumFractionDigits: 20 })
    : JSON.stringify(value);
};
