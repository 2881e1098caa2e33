import * as z from 'zod/mini';
import { redacted } from '#shared/audit/index.ts';
import {
  type AutomationDescription,
  type Fact,
  inWords,
  SUPERVISE,
} from '#shared/automation/index.ts';
import {
  countWithheld,
  type GateView,
  gateTargetId,
  SHORT,
  viewDigest,
} from '#shared/engine/index.ts';
import type { ClearClass, Json } from '#shared/kernel/index.ts';
import { amountsOf, restrictToClasses } from '../automations/descriptions.ts';
import type { StoredDecision } from '../documents.ts';
import { gateReference, runReference } from '../references.ts';
import { idSchema, nameSchema, timeSchema, timeText } from '../schemas.ts';
import type { FoundGate } from './found-gate.ts';

/** Decision of a person at a gate. */
export const decisionSchema = z.strictObject({
  outcome: z.enum(['approved', 'rejected']),
  /** Id of the person. */
  by: z.string(),
  /** Role in which the person decided. */
  role: z.string(),
  reason: z.string(),
  at: timeSchema,
});

const commonFields = {
  /** Id in requests: `<workspace>.<automation>.<run id>.<gate>`. */
  id: idSchema,
  run: idSchema,
  gate: z.string(),
  automation: nameSchema,
  workspace: nameSchema,
  /** Current stage of the run. */
  stage: z.string(),
  /** Role that decides. */
  decidedBy: z.string(),
  /** Id of the person who started the run. This person cannot decide. */
  requester: z.string(),
  openedAt: timeSchema,
  /** Time from which the gate counts as rejected. */
  expiresAt: timeSchema,
  state: z.enum(['open', 'approved', 'rejected', 'expired']),
};

/** Gate in a list, with the reasons why it waits. */
export const gateSummarySchema = z.strictObject({
  ...commonFields,
  hits: z.array(z.strictObject({ rule: z.string(), says: z.string() })),
});

/** Gate with everything that the caller is allowed to read. */
export const gateSchema = z.strictObject({
  ...commonFields,
  /**
   * Reasons why the gate waits. Callers without the right to read internal fields get the sentences
   * without the facts.
   */
  hits: z.array(
    z.strictObject({
      rule: z.string(),
      says: z.string(),
      facts: z.optional(z.record(z.string(), z.unknown())),
    }),
  ),
  /** Values of the shown fields, by name, at the time when the gate opened. */
  shown: z.record(z.string(), z.unknown()),
  /** Formatted money amounts among these fields: `{ payable: 'EUR 10,797.98' }`. */
  amounts: z.record(z.string(), z.string()),
  /**
   * Number of fields and reasons that the caller is not allowed to read in full; absent if there
   * are none. Only a caller who may read all of them can decide.
   */
  withheld: z.optional(z.int().check(z.positive())),
  /** Identifies exactly the content that the caller was shown. A decision must repeat it. */
  seen: z.string(),
  /**
   * Decision. Its reason is included only for the person who made the decision and for callers who
   * may read internal fields.
   */
  decision: z.optional(z.strictObject({ ...decisionSchema.shape, reason: z.optional(z.string()) })),
});

/** Returns the audit context of a gate. */
export function gateContext({ key, rev }: FoundGate) {
  return {
    workspace: key.workspace,
    run: key.run,
    targets: [{ kind: 'gate', id: gateTargetId(key, key.gate), rev }],
  };
}

/**
 * Returns the state of a gate. Only a decision document makes it approved or rejected. Expiry is
 * derived from the clock.
 */
export function stateOf(
  { key, gate, run, decision }: FoundGate,
  now: number,
): z.output<typeof gateSchema>['state'] {
  if (run?.gates[key.gate] === 'expired') return 'expired';
  if (decision !== undefined) return decision.outcome;
  return now >= gate.expiresAt ? 'expired' : 'open';
}

/** Maximum number of reasons in a list, so that a page stays small. */
const HITS_IN_LIST = 10;

/** Reader-specific data that the view of a gate depends on. */
interface Reading {
  /**
   * Classes of the run's fields that the caller may read. The gate itself does not grant a right to
   * read.
   */
  readonly classes: readonly ClearClass[];
  readonly automation: AutomationDescription | undefined;
  readonly now: number;
}

export function gateSummary(
  found: FoundGate,
  reading: Reading,
): z.output<typeof gateSummarySchema> {
  const { hits, ...summary } = gateFields(found, reading);
  return {
    ...summary,
    hits: hits.slice(0, HITS_IN_LIST).map(({ rule, says }) => ({ rule, says })),
  };
}

/** @param reader - Id of the caller. */
export function gateView(
  found: FoundGate,
  reading: Reading,
  reader: string,
): z.output<typeof gateSchema> {
  const { gate, document, decision } = found;
  const { classes, automation } = reading;
  const fields = gateFields(found, reading);
  const shown = restrictToClasses(automation, classes, gate.shown);
  const view = viewOf(found, classes, automation);
  const withheld = countWithheld(gate, view);
  const withheldCount = withheld.fields + withheld.hits;

  return {
    ...fields,
    shown,
    amounts: amountsOf(automation, shown),
    withheld: withheldCount === 0 ? undefined : withheldCount,
    seen: viewDigest(document, gate, view),
    decision:
      decision === undefined
        ? undefined
        : decisionFor(decision, classes.includes('internal') || decision.by === reader),
  };
}

export function decisionView({
  outcome,
  by,
  role,
  reason,
  at,
}: Omit<StoredDecision, 'seen' | 'shown'>): z.output<typeof decisionSchema> {
  return { outcome, by, role, reason, at: timeText(at) };
}

/**
 * Returns the part of the gate that is visible with these classes. A decision is checked against
 * it.
 */
export function viewOf(
  found: FoundGate,
  classes: readonly ClearClass[],
  automation: AutomationDescription | undefined,
): GateView {
  const shown = restrictToClasses(automation, classes, found.gate.shown);
  return { shown: Object.keys(shown), hits: hitsFor(found, classes, automation) };
}

function decisionFor(decision: StoredDecision, withReason: boolean) {
  const { reason, ...others } = decisionView(decision);
  return withReason ? { ...others, reason } : others;
}

function gateFields(found: FoundGate, { classes, automation, now }: Reading) {
  const { key, gate, run } = found;
  return {
    id: gateReference(key),
    run: runReference(key),
    gate: key.gate,
    automation: key.automation,
    workspace: key.workspace,
    stage: run?.stage ?? '',
    decidedBy: gate.decidedBy,
    requester: gate.requester,
    openedAt: timeText(gate.openedAt),
    expiresAt: timeText(gate.expiresAt),
    state: stateOf(found, now),
    hits: hitsFor(found, classes, automation),
  };
}

const ENGINE_RULE = { says: SHORT.says ?? SHORT.rule, reads: [] };

/** Returns the reasons why a gate waits, as readable with these classes. */
function hitsFor(
  { key, gate }: FoundGate,
  classes: readonly ClearClass[],
  automation: AutomationDescription | undefined,
) {
  // The engine's own gate reports the rules of the other gates.
  const gates =
    automation?.gates.filter(({ name }) => name === key.gate || key.gate.startsWith(SUPERVISE)) ??
    [];
  const rules = gates.flatMap((one) => one.rules);

  return gate.hits.map(({ rule, says, facts }) => {
    if (classes.includes('internal')) return { rule, says, facts: { ...facts } };

    const declared =
      rules.find(({ name }) => name === rule) ?? (rule === SHORT.rule ? ENGINE_RULE : undefined);

    return {
      rule,
      says:
        declared === undefined
          ? rule
          : inWords(declared.says, readableFacts(automation, classes, declared.reads, facts)),
    };
  });
}

/**
 * Returns the facts of a rule for a reader without the right to read internal fields. Unreadable
 * facts are replaced by their class.
 */
function readableFacts(
  automation: AutomationDescription | undefined,
  classes: readonly ClearClass[],
  reads: readonly string[],
  facts: Readonly<Record<string, Json>>,
): Record<string, Fact> {
  const open = restrictToClasses(automation, ['public'], facts) as Record<string, Fact>;
  const names = new Set([...reads, ...Object.keys(facts)]);

  return Object.fromEntries(
    [...names].map((name) => {
      if (!reads.includes(name) || !Object.hasOwn(open, name)) return [name, redacted('internal')];
      return [name, classes.includes('public') ? (open[name] ?? null) : redacted('public')];
    }),
  );
}
