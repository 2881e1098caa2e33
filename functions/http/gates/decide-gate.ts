import * as z from 'zod/mini';
import type { Authorization } from '#shared/access/index.ts';
import { DecisionRefusedError, decideGate as decide } from '#shared/engine/index.ts';
import { type Call, endpoint } from '../../framework/http/endpoint.ts';
import { AccessDeniedError, describeRoles } from '../../framework/http/problem.ts';
import type { Descriptions } from '../automations/descriptions.ts';
import { GATE_REFERENCE } from '../references.ts';
import { readableClasses } from '../runs/run-view.ts';
import { requireGate } from './find-gate.ts';
import type { FoundGate } from './found-gate.ts';
import { decisionSchema, decisionView, gateContext, viewOf } from './gate-view.ts';
import { gateResource, runOfGate } from './resources.ts';

const body = z.strictObject({
  outcome: z.enum(['approved', 'rejected']),
  /**
   * Reason in the decider's own words. It is stored permanently, and everyone who may read internal
   * data can read it, so it must not contain personal data. The engine checks its content.
   */
  reason: z.string().check(z.minLength(1), z.maxLength(500)),
  /** Value of `seen` from the gate that was shown to this person. */
  seen: z.string().check(z.minLength(1), z.maxLength(100)),
});

export const decideGate = (automations: Descriptions) =>
  endpoint({
    method: 'POST',
    path: '/gates/{gate}/decision',
    operationId: 'decideGate',
    summary:
      'Approves or rejects a gate. Repeating the same decision by the same person is a success.',
    action: 'gate.decide',
    evidence: 'handler',
    request: { path: z.strictObject({ gate: GATE_REFERENCE }), body: { json: body } },
    response: {
      status: 201,
      again: 200,
      json: decisionSchema,
      refusals: [
        'gate.requester',
        'gate.decided',
        'gate.expired',
        'gate.unreadable',
        'gate.stale',
        'gate.reason',
      ],
    },
    async handle(call, ports) {
      const { outcome, reason, seen } = call.given.body;
      const found = await requireGate(call, ports, call.given.path.gate);
      const { policies } = authorizeDecision(call, found);
      const { actor, person } = call.by;
      const { gate, ...run } = found.key;
      const view = viewOf(
        found,
        readableClasses(call, runOfGate(found)),
        automations.get(run.automation),
      );

      const { decision, created } = await decide(
        ports,
        { actor, roles: person.roles, policies },
        { key: run, gate, outcome, reason, seen, view, trace: call.requestId },
      );
      if (created) return { body: decisionView(decision) };

      return {
        again: true,
        body: decisionView(decision),
        audit: { ...gateContext(found), action: 'gate.read' },
      };
    },
  });

/**
 * Authorizes the decision.
 *
 * @throws `gate.requester` when the person started the run. Another role would not help.
 * @throws `access.denied` with the missing condition.
 */
function authorizeDecision(call: Pick<Call, 'authorize' | 'by'>, found: FoundGate): Authorization {
  try {
    return call.authorize('gate.decide', gateResource(found));
  } catch (error) {
    if (!(error instanceof AccessDeniedError)) throw error;
    if (error.policies.includes('forbidden.decide-own'))
      throw new DecisionRefusedError(
        'gate.requester',
        'you started this run; the person who started a run cannot decide its gates',
      );
    if (error.policies.length > 0) throw error; // the error message names the policy

    const { decidedBy } = found.gate;
    const { roles } = call.by.principal;
    const because = roles.includes(decidedBy)
      ? `you have the role ${decidedBy}, which the gate requires, but it does not allow this decision`
      : `the gate requires the role ${decidedBy}; your roles: ${describeRoles(roles)}`;

    throw new AccessDeniedError('gate.decide', [], because);
  }
}
