import type { GateLock } from '#infra/lock/automation-lock.ts';
import { formatDuration } from './duration.ts';
import { joinNames } from './join-names.ts';

/**
 * Describes the approvers, rules, covered steps and shown fields of a gate: `decided by Controller,
 * always waits; covers pay; shows total; …`.
 */
export function describeGate({
  decidedBy,
  waitsWhen,
  shows,
  expiresMs,
  covers,
  onlyIf,
}: GateLock): string {
  const clauses = [
    `decided by ${joinNames(decidedBy, 'or') || 'no role'}, ${describeWaiting(waitsWhen)}`,
    covers.length === 0 ? 'covers no external step' : `covers ${joinNames(covers, 'and')}`,
    shows.length === 0 ? 'shows nothing' : `shows ${shows.join(', ')}`,
    `counts as rejected after ${formatDuration(expiresMs)}`,
  ];
  if (onlyIf.length > 0) clauses.push(`only if ${joinNames(onlyIf, 'and')}`);

  return clauses.join('; ');
}

export const describeWaiting = (when: GateLock['waitsWhen']): string =>
  when === 'always' ? 'always waits' : `waits when ${joinNames(when, 'or')}`;
