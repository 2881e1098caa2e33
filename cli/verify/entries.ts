import { type Entry, isAboutRun, schemaProblem } from '#shared/audit/index.ts';
import { decisionProblem, type Told } from '#shared/engine/index.ts';
import type { WrittenDocument } from '#shared/ledger/adapters/sqlite/trail-file.ts';

/** Kinds of the documents that entries are compared with. */
export const KINDS = ['run', 'gate', 'decision', 'participant', 'claim'] as const;

/**
 * Compares entries with what their function writes, and with the decisions that stand: first hears
 * every entry, then sees the documents.
 */
export interface EntriesCheck {
  /** @param where - Where the entry stands, for people. */
  hear(entry: Entry, where: string): void;
  see(document: WrittenDocument): void;
  /** A sentence each. To be asked once, when all of it was heard and seen. */
  problems(): readonly string[];
}

/**
 * An entry can be added, and words of one can be changed, and it stays an entry. What its function
 * would have written besides, and what the documents say, can be compared with it.
 */
export function entriesCheck(): EntriesCheck {
  const problems: string[] = [];
  const ofDecisions: { readonly entry: Entry; readonly where: string }[] = [];
  const decisions = new Map<string, Told>();
  /** Where each run is told of first. */
  const toldRuns = new Map<string, string>();
  const runs = new Set<string>();
  const claims = claimsCheck();
  const tell = (where: string, problem: string) =>
    problems.push(`entry ${where} cannot be relied on: ${problem}`);

  return {
    hear(entry, where) {
      const { action, outcome, workspace, run } = entry;

      claims.hear(entry, where);

      if (speaksOfDecisions(entry)) ofDecisions.push({ entry, where });
      else {
        const problem = schemaProblem(entry);
        if (problem !== undefined) tell(where, problem);
        else if (isAboutRun(action) && outcome === 'ok' && run !== undefined)
          toldRuns.set(`${workspace}#${run}`, where);
      }
    },
    see({ target, rev, commitment, body }) {
      const [kind, , workspace, id] = target.split('#');
      if (kind === 'run') runs.add(`${workspace}#${id}`);
      else if (kind === 'claim') claims.see(target, body);
      else decisions.set(target, { rev, commitment, body });
    },
    problems() {
      for (const { entry, where } of ofDecisions.splice(0)) {
        const problem =
          decisionProblem(entry, (target) => decisions.get(target)) ?? schemaProblem(entry);
        if (problem !== undefined) tell(where, problem);
      }

      for (const where of claims.others())
        tell(where, 'the claim that it made relies on other decisions than it names');

      for (const [run, where] of toldRuns)
        if (!runs.has(run)) tell(where, 'it is about a run that is not there');

      return problems;
    },
  };
}

/**
 * Compares the decisions that the entry of each claim names with those that the claim holds. Of one
 * made again, the last counts.
 */
function claimsCheck() {
  const told = new Map<
    string,
    { readonly rev: number; readonly where: string; readonly decisions: string }
  >();

  const held = new Map<string, string>();
  const listOf = (decisions: readonly string[] = []) => [...decisions].sort().join();

  return {
    hear({ action, outcome, changes = [], why }: Entry, where: string): void {
      const change = changes.find(({ target }) => target.startsWith('claim#'));
      if (action !== 'effect.claim' || outcome !== 'ok' || change === undefined) return;
      if (change.rev < (told.get(change.target)?.rev ?? 0)) return;
      told.set(change.target, { rev: change.rev, where, decisions: listOf(why?.decisions) });
    },
    see(target: string, body: WrittenDocument['body']): void {
      held.set(target, listOf((body as { decisions?: readonly string[] } | null)?.decisions));
    },
    /** Where the entries stand that name others. */
    others: () =>
      [...told].flatMap(([target, { where, decisions }]) =>
        held.has(target) && held.get(target) !== decisions ? [where] : [],
      ),
  };
}

function speaksOfDecisions({ action, outcome, why, changes = [] }: Entry): boolean {
  const decides = action === 'gate.decide' && outcome === 'ok';
  return (
    decides ||
    why?.decisions !== undefined ||
    changes.some(({ target }) => target.startsWith('decision#'))
  );
}
