import * as z from 'zod/mini';
import type { Authorization } from '#shared/access/index.ts';
import { DecisionRefusedError, decideGate as decide } from '#shared/engine/index.ts';
import { type Call, endpoint } from '../../framework/http/endpoint.ts';
import { AccessDeniedError, held } from '../../framework/http/problem.ts';
import type { Descriptions } from '../automations/descriptions.ts';
import { GATE_REFERENCE } from '../references.ts';
import { readableClasses } from '../runs/run-view.ts';
import { seeGate } from './find-gate.ts';
import type { FoundGate } from './found-gate.ts';
import { decisionSchema, decisionView, toldOfGate, viewOf } from './gate-view.ts';
import { gateResource, runOfGate } from './resources.ts';

const body = z.strictObject({
  outcome: z.enum(['approved', 'rejected']),
  /**
   * In words, for everybody who may read internal data, for good: no place for personal data. What
   * it has to be, the engine says.
   */
  reason: z.string().check(z.minLength(1), z.maxLength(500)),
  /** As the gate was shown to this person: `seen` of its view. */
  seen: z.string().check(z.minLength(1), z.maxLength(100)),
});

export const decideGate = (automations: Descriptions) =>
  endpoint({
    method: 'POST',
    path: '/gates/{gate}/decision',
    operationId: 'decideGate',
    summary:
      'Approves or rejects at a gate. The same decision of the same person again is answered as done.',
    action: 'gate.decide',
    evidence: 'here',
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
      const found = await seeGate(call, ports, call.given.path.gate);
      const { policies } = mayDecide(call, found);
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
        audit: { ...toldOfGate(found), action: 'gate.read' },
      };
    },
  });

/**
 * Whether the person may decide there.
 *
 * @throws `gate.requester`: it is their own run; they may have the role, and asking for another
 *   one would not help. `access.denied` with what keeps them from it.
 */
function mayDecide(call: Pick<Call, 'authorize' | 'by'>, found: FoundGate): Authorization {
  try {
    return call.authorize('gate.decide', gateResource(found));
  } catch (error) {
    if (!(error instanceof AccessDeniedError)) throw error;
    if (error.policies.includes('forbidden.decide-own'))
      throw new DecisionRefusedError(
        'gate.requester',
        'you started this run; who asks for a run decides at none of its gates',
      );
    if (error.policies.length > 0) throw error; // which says what forbids it

    const { decidedBy } = found.gate;
    const { roles } = call.by.principal;
    const because = roles.includes(decidedBy)
      ? `you hold the role ${decidedBy}, which the gate asks for, but it does not let you decide here`
      : `the gate asks for the role ${decidedBy}; you hold ${held(roles)}`;

    throw new AccessDeniedError('gate.decide', [], because);
  }
}
