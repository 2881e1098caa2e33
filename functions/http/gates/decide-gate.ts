import * as z from 'zod/mini';
import type { Authorization } from '#shared/access/index.ts';
import { DecisionRefusedError, decideGate as decide } from '#shared/engine/index.ts';
import { AccessDeniedError } from '../../middleware/http-problem.ts';
import { type Call, endpoint } from '../endpoint.ts';
import { GATE_REFERENCE } from '../references.ts';
import { type FoundGate, seeGate } from './find-gate.ts';
import { decisionForm, decisionView, toldOfGate } from './gate-view.ts';
import { gateResource } from './resources.ts';

const body = z.strictObject({
  outcome: z.enum(['approved', 'rejected']),
  /** In words, for everybody who may read internal data, for good: no place for personal data. */
  reason: z.string().check(z.minLength(1), z.maxLength(500)),
  /** As the gate was shown: `seen` of its view. */
  seen: z.string().check(z.minLength(1), z.maxLength(100)),
});

export const decideGate = () =>
  endpoint({
    method: 'POST',
    path: '/gates/{gate}/decision',
    operationId: 'decideGate',
    summary: 'Approves or rejects at a gate. The same decision of the same person again is answered as done.',
    action: 'gate.decide',
    evidence: 'here',
    takes: { path: z.strictObject({ gate: GATE_REFERENCE }), body: { json: body } },
    gives: {
      status: 201,
      again: 200,
      json: decisionForm,
      refusals: ['gate.requester', 'gate.decided', 'gate.expired', 'gate.stale', 'gate.reason'],
    },
    async handle(call, ports) {
      const { outcome, reason, seen } = call.given.body;
      const found = await seeGate(call, ports, call.given.path.gate);
      const { policies } = mayDecide(call, found);
      const { actor, person } = call.by;
      const { gate, ...run } = found.key;
      const { decision, created } = await decide(
        ports,
        { actor, roles: person.roles, policies },
        { key: run, gate, outcome, reason, seen, trace: call.requestId },
      );
      if (created) return { body: decisionView(decision) };
      return { again: true, body: decisionView(decision), told: { ...toldOfGate(found), action: 'gate.read' } };
    },
  });

/** Who started the run is told so: they may have the role, and asking for another one would not help. */
function mayDecide(call: Pick<Call, 'may'>, found: FoundGate): Authorization {
  try {
    return call.may('gate.decide', gateResource(found));
  } catch (error) {
    if (!(error instanceof AccessDeniedError && error.policies.includes('forbidden.decide-own'))) throw error;
    throw new DecisionRefusedError('gate.requester', 'who started a run decides at none of its gates');
  }
}
