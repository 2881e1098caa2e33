import type { GateLock } from '#infra/lock/automation-lock.ts';
import { durationInWords } from './duration.ts';
import { listed } from './listed.ts';

/**
 * Who decides at a gate, when, about what, and on what: `decided by Controller, always waits;
 * covers pay; shows total; …`.
 */
export function gateInWords({
  decidedBy,
  waitsWhen,
  shows,
  expiresMs,
  covers,
  onlyIf,
}: GateLock): string {
  return [
    `decided by ${listed(decidedBy, 'or') || 'nobody'}, ${waitsInWords(waitsWhen)}`,
    covers.length === 0 ? 'covers no external step' : `covers ${listed(covers, 'and')}`,
    shows.length === 0 ? 'shows nothing' : `shows ${shows.join(', ')}`,
    `counts as rejected after ${durationInWords(expiresMs)}`,
    ...(onlyIf.length === 0 ? [] : [`only if ${listed(onlyIf, 'and')}`]),
  ].join('; ');
}

export const waitsInWords = (when: GateLock['waitsWhen']): string =>
  when === 'always' ? 'always waits' : `waits when ${listed(when, 'or')}`;
