import { type Entry, isAboutRun, schemaProblem } from '#shared/audit/index.ts';
import { decisionProblem } from '#shared/engine/index.ts';
import type { WrittenDocument } from '#shared/ledger/adapters/sqlite/trail-file.ts';

/** Kinds of documents with which entries are compared. */
export const KINDS = ['run', 'gate', 'decision', 'participant', 'claim'] as const;

/**
 * Compares entries with the changes that their function makes, and with runs, claims and decisions.
 * Call `onEntry` for every entry, then `onDocument` for every document, then `problems` once.
 */
export interface EntriesCheck {
  /** @param where - Position of the entry in the trail, for people. */
  onEntry(entry: Entry, where: string): void;
  onDocument(document: WrittenDocument): void;
  /** Returns one sentence for each problem. */
  problems(): readonly string[];
}

/**
 * Finds forged entries that are well-formed: either they lack the changes that their function
 * makes, or the documents contradict them.
 */
export function entriesCheck(): EntriesCheck {
  const problems: string[] = [];
  const decisionEntries: { readonly entry: Entry; readonly where: string }[] = [];
  const decisions = new Map<string, Pick<WrittenDocument, 'rev' | 'commitment' | 'body'>>();
  /** Position of the last entry about each run. */
  const runEntries = new Map<string, string>();
  const runs = new Set<string>();
  const claims = claimsCheck();
  const report = (where: string, problem: string) =>
    problems.push(`entry ${where} is not reliable: ${problem}`);

  return {
    onEntry(entry, where) {
      const { action, outcome, workspace, run } = entry;

      claims.onEntry(entry, where);

      if (isAboutDecisions(entry)) decisionEntries.push({ entry, where });
      else {
        const problem = schemaProblem(entry);
        if (problem !== undefined) report(where, problem);
        else if (isAboutRun(action) && outcome === 'ok' && run !== undefined)
          runEntries.set(`${workspace}#${run}`, where);
      }
    },
    onDocument({ target, rev, commitment, body }) {
      const [kind, , workspace, id] = target.split('#');
      if (kind === 'run') runs.add(`${workspace}#${id}`);
      else if (kind === 'claim') claims.onDocument(target, body);
      else decisions.set(target, { rev, commitment, body });
    },
    problems() {
      for (const { entry, where } of decisionEntries.splice(0)) {
        const problem =
          decisionProblem(entry, (target) => decisions.get(target)) ?? schemaProblem(entry);
        if (problem !== undefined) report(where, problem);
      }

      for (const where of claims.mismatches())
        report(where, 'its claim relies on other decisions than it names');

      for (const [run, where] of runEntries)
        if (!runs.has(run)) report(where, 'its run does not exist');

      return problems;
    },
  };
}

/**
 * Compares the decisions in the entry of each claim with the decisions in the claim document. If a
 * claim was made several times, only its last entry is compared.
 */
function claimsCheck() {
  const named = new Map<
    string,
    { readonly rev: number; readonly where: string; readonly decisions: string }
  >();

  const documents = new Map<string, string>();
  const listOf = (decisions: readonly string[] = []) => [...decisions].sort().join();

  return {
    onEntry({ action, outcome, changes = [], why }: Entry, where: string): void {
      const change = changes.find(({ target }) => target.startsWith('claim#'));
      if (action !== 'effect.claim' || outcome !== 'ok' || change === undefined) return;
      if (change.rev < (named.get(change.target)?.rev ?? 0)) return;
      named.set(change.target, { rev: change.rev, where, decisions: listOf(why?.decisions) });
    },
    onDocument(target: string, body: WrittenDocument['body']): void {
      documents.set(target, listOf((body as { decisions?: readonly string[] } | null)?.decisions));
    },
    /** Returns the positions of entries whose decisions differ from those of their claim. */
    mismatches: () =>
      [...named]
        .filter(
          ([target, { decisions }]) => documents.has(target) && documents.get(target) !== decisions,
        )
        .map(([, { where }]) => where),
  };
}

function isAboutDecisions({ action, outcome, why, changes = [] }: Entry): boolean {
  const decides = action === 'gate.decide' && outcome === 'ok';
  return (
    decides ||
    why?.decisions !== undefined ||
    changes.some(({ target }) => target.startsWith('decision#'))
  );
}
