import { everyNode, SUPERVISE, superviseGate } from '#shared/automation/index.ts';
import { canonicalJson } from '#shared/kernel/index.ts';
import { type Check, type Document, isTarget } from '#shared/ledger/index.ts';
import { decisionsNeeded } from './decisions-needed.ts';
import {
  type DecisionBody,
  decisionKind,
  decisionTarget,
  gateKind,
  gateTarget,
  type RunKey,
} from './documents/index.ts';
import { isByApprover, participantTarget } from './participants.ts';
import { readAll } from './read-all.ts';
import type { RunSession } from './run-session.ts';

/**
 * Finds the decisions that authorize an external step, as checks for its claim. Only decision
 * documents count.
 *
 * @param short - Whether a reservation that the step would draw exceeds its balance.
 * @returns undefined if a decision is missing.
 */
export async function findApprovals(
  session: RunSession,
  step: string,
  short: boolean,
): Promise<readonly Check[] | undefined> {
  const { flow, run, rollout } = session;
  const clear = session.fields.clear();
  const participants = await readParticipants(session);
  const checks = new Map<string, Check>();

  for (const gates of decisionsNeeded(flow, run, step, { clear, rollout, short })) {
    const approved = gates
      .map((gate) => findApproval(session, step, gate, participants))
      .find((document) => document !== undefined);
    if (approved === undefined) return undefined;

    const { rev, commitment } = approved;
    checks.set(approved.target, { target: approved.target, at: { rev, commitment } });
  }

  return [...checks.values()];
}

/** Finds a rejected gate among the gates before a step and the gate that supervises the step. */
export function rejectedGate({ flow, key, documents }: RunSession, step: string) {
  const before = [...everyNode(flow.nodes)].flatMap((node) =>
    node.kind === 'gate' &&
    ![...everyNode(node.rejected)].some(
      (inner) => inner.kind === 'step' && inner.step.name === step,
    )
      ? [node.gate.name]
      : [],
  );

  return [...before, SUPERVISE + step].find((gate) => {
    const decision = documents.get(decisionTarget(key, gate));
    return decision !== undefined && decisionKind.body(decision).outcome === 'rejected';
  });
}

type Documents = ReadonlyMap<string, Document | undefined>;

/** Reads the participant documents of the people who decided the gates of the run. */
async function readParticipants({ ports, key, documents }: RunSession): Promise<Documents> {
  const decisions = [...documents.values()].filter((document) =>
    document?.target.startsWith('decision#'),
  );
  const targets = decisions.map((document) => deciderTarget(key, document)).filter(isTarget);

  return targets.length === 0 ? new Map() : readAll(ports.ledger, [...new Set(targets)]);
}

/**
 * Returns the decision at a gate if it approves the run in its current state. The decider must be
 * registered as an approver of the run, must not be its requester, and must hold the declared
 * role. The gate document must show the current values of the fields.
 *
 * No single document is sufficient: steps can open gates, and the gates function can write
 * decisions. However, the gates function cannot change the participant document of a requester.
 */
function findApproval(
  { flow, documents, key, run, fields }: RunSession,
  step: string,
  gate: string,
  participants: Documents,
): Document | undefined {
  const document = documents.get(decisionTarget(key, gate));
  const opened = documents.get(gateTarget(key, gate));
  const decision = decisionKind.find(document);
  const { decidedBy, shows } = flow.gates.get(gate) ?? superviseGate(flow, step);

  const approves =
    decision?.outcome === 'approved' &&
    decision.run === key.run &&
    decision.gate === gate &&
    decision.role === decidedBy.role &&
    decision.by !== run.requester &&
    isByApprover(decision, participants.get(deciderTarget(key, document)));
  if (!approves || opened === undefined || opened.commitment !== decision.seen) return undefined;

  const clear = fields.clear();
  const shown = gateKind.find(opened)?.shown ?? {};
  const isUnchanged = shows.every(
    (name) => canonicalJson(shown[name] ?? null) === canonicalJson(clear[name] ?? null),
  );

  return isUnchanged ? document : undefined;
}

/** Key of the participant document of the person who made a decision. */
function deciderTarget(key: RunKey, decision: Document | undefined): string {
  const { by } = (decision?.body ?? {}) as Partial<DecisionBody>;
  return participantTarget(key, String(by));
}
