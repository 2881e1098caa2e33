import type { RuleLock } from '#infra/lock/automation-lock.ts';

/**
 * Describes the fields, settings and sentence of a rule: `reads payable; limit is 1,000,000; says
 * "…"`.
 */
export function describeRule({ reads, settings, says }: RuleLock): string {
  const settingClauses = Object.entries(settings).map(
    ([name, value]) => `${name} is ${formatSetting(value)}`,
  );
  return [`reads ${reads.join(', ') || 'nothing'}`, ...settingClauses, `says "${says}"`].join('; ');
}

/** Formats a setting: numbers with thousands separators, so that an extra zero is noticed. */
export const formatSetting = (value: RuleLock['settings'][string]): string => {
  if (Array.isArray(value)) return value.map(formatSetting).join(', ') || 'none';
  return typeof value === 'number'
    ? value.toLocaleString('en-US', { maximumFractionDigits: 20 })
    : JSON.stringify(value);
};
