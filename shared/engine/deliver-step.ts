import { afterStep, type Flow, SUPERVISE } from '#shared/automation/index.ts';
import { DefectError } from '#shared/kernel/index.ts';
import { type Document, MESSAGE_DELAY_MAX_MS } from '#shared/ledger/index.ts';
import { findApprovals, rejectedGate } from './approvals.ts';
import { Attempt, commitEvent, type ExternalAuthority, type StepNode } from './attempt.ts';
import { messagesOf } from './commit-transition.ts';
import {
  claimKind,
  claimTarget,
  decisionTarget,
  gateTarget,
  reservationTarget,
} from './documents/index.ts';
import { handleMessage, type MessageContext } from './handle-message.ts';
import { isDue } from './is-due.ts';
import { sendsOf } from './machine.ts';
import { RunReservations, reservingSteps } from './reservations.ts';
import { type LoadPlan, openSession, type RunSession, versionReason } from './run-session.ts';
import { countedAttempts, pauseLeft } from './step-failure.ts';

/**
 * Handles a message for a step: runs the step if the stored run is ready for it, and commits its
 * result, its failure or the parking of the run. Idempotent: a duplicate, late or unfounded message
 * changes nothing.
 *
 * From the second delivery of the message on, the messages to the next steps are sent again,
 * because the first messages may be lost.
 *
 * @throws errors for which the queue redelivers the message (`retry`, `reread`) or the process
 *   ends (`stop`).
 */
export async function deliverStep(delivery: MessageContext, stepName: string): Promise<void> {
  const { flow, message } = delivery;
  const node = flow.steps.get(stepName);
  if (node === undefined) throw new DefectError(`automation ${flow.name} has no step ${stepName}`);

  const handled = { ...delivery, message: { ...message, step: stepName } };

  await handleMessage(handled, (received) => deliver({ ...handled, receives: received }, node));
}

/** Returns the fields and documents of a run that a step needs. */
function loadPlan(flow: Flow, { step }: StepNode): LoadPlan {
  const { reads, writes, draws, effect } = step.authority;
  const gates = effect === 'external' ? [...flow.gates.keys(), SUPERVISE + step.name] : [];

  return {
    fields: [...new Set([...reads, ...writes])],
    otherTargets: (key) => {
      const targets = reservingSteps(flow, draws).map((name) => reservationTarget(key, name));
      if (effect === 'external') targets.push(claimTarget(key, step.name));

      for (const gate of gates) targets.push(decisionTarget(key, gate), gateTarget(key, gate));
      return targets;
    },
  };
}

async function deliver(handled: MessageContext, node: StepNode): Promise<void> {
  const { ports, flow, message, receives } = handled;
  const { name, authority } = node.step;

  const session = await openSession(handled, loadPlan(flow, node));
  if (session === undefined)
    return ports.log.line('warn', 'message for a run that does not exist', {
      run: message.run,
      step: name,
    });

  const { run } = session;
  const step = run.steps[name];
  if (run.status !== 'running' || step === undefined || step.state === 'done')
    return resendMessages(session, node, receives);

  const pause = pauseLeft(step, ports.clock.now());
  if (pause > 0) return postpone(handled, pause);

  if (run.definition !== flow.definition)
    return park(session, name, 'run.version', versionReason(flow, run));

  if (!isDue(flow, run, name))
    return park(
      session,
      name,
      'run.inconsistent',
      `step ${name} is ready, but what comes before it is not done`,
    );

  return authority.effect === 'external'
    ? deliverExternal(handled, session, node)
    : attempt(session, node);
}

/**
 * Sends the messages to the next steps again if those of an earlier delivery may be lost.
 */
async function resendMessages(
  { ports, flow, run }: RunSession,
  { step }: StepNode,
  receives: number,
): Promise<void> {
  // a message postponed for a lease starts a new delivery count, so for an external step, even a
  // first delivery can be a repetition
  if (receives <= 1 && step.authority.effect !== 'external') return;

  // only to the next steps, because the function's role cannot send to other queues; the next steps
  // notify the later steps
  const { steps } = afterStep(flow, step.name);
  const sends = sendsOf(run).filter((send) => steps.has(send.step));
  const messages = messagesOf(flow, run, sends);

  if (messages.length > 0) await ports.ledger.send(messages);
}

/** Sends the message again with a delay, up to the maximum of the queue. */
function postpone({ ports, message }: MessageContext, delayMs: number): Promise<void> {
  return ports.ledger.send([{ ...message, delayMs: Math.min(delayMs, MESSAGE_DELAY_MAX_MS) }]);
}

/** Parks the run of a session, with the reason. */
function park(session: RunSession, step: string, code: string, reason: string): Promise<void> {
  return commitEvent({
    session,
    step,
    event: { type: 'parked', step, code, reason },
    extras: { entry: { action: 'run.park', outcome: 'failed', why: { code, reason } } },
  });
}

function attempt(session: RunSession, node: StepNode, external?: ExternalAuthority): Promise<void> {
  return new Attempt(session, node, external).run();
}

/** Settles an open claim of an external step, or starts an attempt if decisions permit it. */
async function deliverExternal(
  handled: MessageContext,
  session: RunSession,
  node: StepNode,
): Promise<void> {
  const { name } = node.step;
  const claim = await findClaim(session, name);
  if (isClaimMissing(session, name, claim)) {
    const found = claim === undefined ? 'there is none' : 'the one that is there is older';
    const reason = `step ${name} has made its claim, and ${found}`;
    return park(session, name, 'run.inconsistent', reason);
  }

  if (claim !== undefined && claimKind.body(claim).state === 'open')
    return settleClaim(handled, session, node, claim);

  return session.rollout === 'shadow'
    ? attempt(session, node)
    : attemptIfApproved(session, node, claim);
}

/** Settles a claim whose holder ended without an outcome, after the lease has expired. */
async function settleClaim(
  handled: MessageContext,
  session: RunSession,
  node: StepNode,
  claim: Document,
): Promise<void> {
  const { name } = node.step;
  const { leaseUntil, vendor, intent } = claimKind.body(claim);
  const wait = leaseUntil - session.ports.clock.now();
  if (wait > 0) return postpone(handled, wait);

  const attempts = countedAttempts(session.run.steps[name] ?? {});
  if (attempts >= node.retry.attempts)
    return park(
      session,
      name,
      'effect.unknown',
      `vendor ${vendor}: the outcome of intent ${intent} is still unknown after ${attempts} attempts`,
    );

  // the commit of the claim has checked the decisions
  return attempt(session, node, { claim, approvals: [] });
}

/**
 * Runs an external step if decisions approve its effect; otherwise holds the step or parks its run.
 */
async function attemptIfApproved(
  session: RunSession,
  node: StepNode,
  claim: Document | undefined,
): Promise<void> {
  const { run, rollout } = session;
  const { name, authority } = node.step;

  const rejected = rejectedGate(session, name);
  if (rejected !== undefined)
    return park(
      session,
      name,
      'effect.rejected',
      `gate ${rejected} was rejected; what a person refused is not done`,
    );

  const short = new RunReservations(session).isShort(authority.draws);
  const approvals = await findApprovals(session, name, short);
  if (approvals !== undefined) return attempt(session, node, { claim, approvals });

  if (run.gates[SUPERVISE + name] !== undefined)
    return park(
      session,
      name,
      'approval.stale',
      `the approval for step ${name} is for an earlier state of its run`,
    );

  const reason = 'no decision covers this effect under the rollout in force';
  return commitEvent({
    session,
    step: name,
    event: { type: 'step-held', step: name, short },
    extras: {
      entry: {
        action: 'effect.hold',
        outcome: 'denied',
        why: { code: 'effect.undecided', reason, rollout },
      },
    },
  });
}

/**
 * Returns the claim of a step. A batch of reads is not a snapshot, so a claim that is named in the
 * run but missing in the batch is read again.
 */
async function findClaim(session: RunSession, step: string): Promise<Document | undefined> {
  const claimKey = claimTarget(session.key, step);
  const found = session.documents.get(claimKey);
  if (!isClaimMissing(session, step, found)) return found;

  const [reread] = await session.ports.ledger.read([claimKey]);
  return reread;
}

/**
 * Tests whether the store lacks a claim that the run names. The request of the claim may have been
 * sent, so the step must not make the claim again.
 */
function isClaimMissing({ run }: RunSession, step: string, claim: Document | undefined): boolean {
  const intent = run.claims?.[step] ?? (run.steps[step]?.state === 'claimed' ? 1 : 0);
  return (claim === undefined ? 0 : claimKind.body(claim).intent) < intent;
}
