import type { Entry } from '#shared/audit/index.ts';
import { type Json, MINUTE } from '#shared/kernel/index.ts';

/** Compares what entries say of decisions with the decisions that stand: first hears every entry, then sees the documents. */
export interface DecisionsCheck {
  /** @param where - Where the entry stands, for people. */
  hear(entry: Entry, where: string): void;
  see(target: string, body: Json): void;
  /** A sentence each. Names what differs, not what it is. */
  readonly problems: readonly string[];
}

/** Words of an entry can be changed, and it stays an entry. Those of a decision stand twice, so here the two can be compared. */
export function decisionsCheck(): DecisionsCheck {
  const told = new Map<string, { readonly entry: Entry; readonly where: string }>();
  const problems: string[] = [];
  return {
    problems,
    hear(entry, where) {
      for (const { target } of entry.changes ?? []) {
        if (!target.startsWith('decision#')) continue;
        told.set(target, { entry, where });
        if (entry.action !== 'gate.decide' || entry.outcome !== 'ok') problems.push(`entry ${where} made ${target}, and does not say so`);
      }
    },
    see(target, body) {
      const made = told.get(target);
      if (made === undefined) return;
      const differs = differences(made.entry, target, body as Readonly<Record<string, Json>>);
      if (differs.length > 0) problems.push(`entry ${made.where} says something else than ${target}, which it made: ${differs.join(', ')}`);
    },
  };
}

/** How far the moment of a decision and that of its entry may be apart: one is taken before the commit, the other in it. */
const APART_MAX_MS = MINUTE;

function differences(
  { actor, why, run, workspace, time, changes = [] }: Entry,
  target: string,
  body: Readonly<Record<string, Json>>,
): string[] {
  const diffs = changes.filter((change) => change.target === target).flatMap(({ diff = [] }) => diff);
  const pairs = [
    ['actor', actor.id, body.by],
    ['kind of actor', actor.kind, 'user'],
    ['workspace', workspace, target.split('#')[2]],
    ['time', Math.abs(time - Number(body.at)) <= APART_MAX_MS, true],
    ['code', why?.code, `gate.${body.outcome}`],
    ['reason', why?.reason, body.reason],
    ['run', run, body.run],
    ...diffs.map(({ field, after }) => [field, after, body[field]] as const),
  ] as const;
  return pairs.filter(([, said, is]) => said !== is).map(([name]) => name);
}
