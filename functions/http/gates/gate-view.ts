import * as z from 'zod/mini';
import { redacted } from '#shared/audit/index.ts';
import {
  type AutomationDescription,
  type Fact,
  inWords,
  SUPERVISE,
} from '#shared/automation/index.ts';
import { type GateView, gateTargetId, SHORT, seenOf, withheldFrom } from '#shared/engine/index.ts';
import type { ClearClass, Json } from '#shared/kernel/index.ts';
import { amountsOf, onlyOfClasses } from '../automations/descriptions.ts';
import type { StoredDecision } from '../documents.ts';
import { gateReference, runReference } from '../references.ts';
import { idSchema, nameSchema, timeSchema, timeText } from '../schemas.ts';
import type { FoundGate } from './found-gate.ts';

/** What somebody said at a gate. */
export const decisionSchema = z.strictObject({
  outcome: z.enum(['approved', 'rejected']),
  /** Id of the person. */
  by: z.string(),
  /** The role that they decided in. */
  role: z.string(),
  reason: z.string(),
  at: timeSchema,
});

const about = {
  /** `<workspace>.<automation>.<run id>.<gate>`, which is how requests name it. */
  id: idSchema,
  run: idSchema,
  gate: z.string(),
  automation: nameSchema,
  workspace: nameSchema,
  /** Of the run, as it stands now. */
  stage: z.string(),
  /** The role that decides. */
  decidedBy: z.string(),
  /** Id of the person who started the run, and may not decide. */
  requester: z.string(),
  openedAt: timeSchema,
  /** From then on it counts as rejected. */
  expiresAt: timeSchema,
  state: z.enum(['open', 'approved', 'rejected', 'expired']),
};

/** A gate in a list, with why it waits. */
export const gateSummarySchema = z.strictObject({
  ...about,
  hits: z.array(z.strictObject({ rule: z.string(), says: z.string() })),
});

/** A gate with all that whoever asks may know of it. */
export const gateSchema = z.strictObject({
  ...about,
  /**
   * Why it waits. The facts are there for who may read internal fields; for others the sentences go
   * without them.
   */
  hits: z.array(
    z.strictObject({
      rule: z.string(),
      says: z.string(),
      facts: z.optional(z.record(z.string(), z.unknown())),
    }),
  ),
  /** Fields by name, as they stood when it opened. */
  shown: z.record(z.string(), z.unknown()),
  /** Of them amounts of money, for people to read: `{ payable: 'EUR 10,797.98' }`. */
  amounts: z.record(z.string(), z.string()),
  /**
   * How many fields and reasons it shows that whoever asks may not read in whole; absent: none. Who
   * decides has to read all.
   */
  withheld: z.optional(z.int().check(z.positive())),
  /** Names exactly what is shown to whoever asks. A decision repeats it. */
  seen: z.string(),
  /** Its reason is there for who gave it, and for who may read internal fields. */
  decision: z.optional(z.strictObject({ ...decisionSchema.shape, reason: z.optional(z.string()) })),
});

/** What an entry tells of it. */
export function toldOfGate({ key, rev }: FoundGate) {
  return {
    workspace: key.workspace,
    run: key.run,
    targets: [{ kind: 'gate', id: gateTargetId(key, key.gate), rev }],
  };
}

/**
 * What became of it. A decision is the only thing that stands for one; expiry is judged by the
 * clock.
 */
export function stateOf(
  { key, gate, run, decision }: FoundGate,
  now: number,
): z.output<typeof gateSchema>['state'] {
  if (run?.gates[key.gate] === 'expired') return 'expired';
  if (decision !== undefined) return decision.outcome;
  return now >= gate.expiresAt ? 'expired' : 'open';
}

/** Reasons told in a list, so that a page stays small whatever a step wrote. */
const HITS_IN_LIST = 10;

export function gateSummary(
  found: FoundGate,
  classes: readonly ClearClass[],
  automation: AutomationDescription | undefined,
  now: number,
): z.output<typeof gateSummarySchema> {
  const { hits, ...told } = aboutGate(found, classes, automation, now);
  return { ...told, hits: hits.slice(0, HITS_IN_LIST).map(({ rule, says }) => ({ rule, says })) };
}

/**
 * @param classes - Of the fields that may be read. A gate leads people to a run; it gives nobody
 *   a right to read.
 * @param reader - Id of who asks.
 */
export function gateView(
  found: FoundGate,
  classes: readonly ClearClass[],
  automation: AutomationDescription | undefined,
  now: number,
  reader: string,
): z.output<typeof gateSchema> {
  const { gate, document, decision } = found;
  const about = aboutGate(found, classes, automation, now);
  const shown = onlyOfClasses(automation, classes, gate.shown);
  const view = viewOf(found, classes, automation);
  const { fields, hits } = withheldFrom(gate, view);

  return {
    ...about,
    shown,
    amounts: amountsOf(automation, shown),
    withheld: fields + hits === 0 ? undefined : fields + hits,
    seen: seenOf(document, gate, view),
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

/** What somebody who may read fields of these classes is shown, as a decision is judged by it. */
export function viewOf(
  found: FoundGate,
  classes: readonly ClearClass[],
  automation: AutomationDescription | undefined,
): GateView {
  const shown = onlyOfClasses(automation, classes, found.gate.shown);
  return { shown: Object.keys(shown), hits: hitsFor(found, classes, automation) };
}

function decisionFor(decision: StoredDecision, withReason: boolean) {
  const { reason, ...told } = decisionView(decision);
  return withReason ? { ...told, reason } : told;
}

function aboutGate(
  found: FoundGate,
  classes: readonly ClearClass[],
  automation: AutomationDescription | undefined,
  now: number,
) {
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

const OWN_RULE = { says: SHORT.says ?? SHORT.rule, reads: [] };

/** Why a gate waits, told to who may read fields of these classes. */
function hitsFor(
  { key, gate }: FoundGate,
  classes: readonly ClearClass[],
  automation: AutomationDescription | undefined,
) {
  // the engine's own gate tells of rules of the others
  const gates =
    automation?.gates.filter(({ name }) => name === key.gate || key.gate.startsWith(SUPERVISE)) ??
    [];
  const rules = gates.flatMap((one) => one.rules);

  return gate.hits.map(({ rule, says, facts }) => {
    if (classes.includes('internal')) return { rule, says, facts: { ...facts } };

    const declared =
      rules.find(({ name }) => name === rule) ?? (rule === SHORT.rule ? OWN_RULE : undefined);

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
 * Facts of a rule for a sentence to somebody who may not read internal ones: what they may not read
 * is told as what it is.
 */
function readableFacts(
  automation: AutomationDescription | undefined,
  classes: readonly ClearClass[],
  reads: readonly string[],
  facts: Readonly<Record<string, Json>>,
): Record<string, Fact> {
  const open = onlyOfClasses(automation, ['public'], facts) as Record<string, Fact>;
  const names = new Set([...reads, ...Object.keys(facts)]);

  return Object.fromEntries(
    [...names].map((name) => {
      if (!reads.includes(name) || !Object.hasOwn(open, name)) return [name, redacted('internal')];
      return [name, classes.includes('public') ? (open[name] ?? null) : redacted('public')];
    }),
  );
}
