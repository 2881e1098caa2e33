import * as z from 'zod/mini';
import { decideGate as decide } from '#shared/engine/index.ts';
import { endpoint } from '../endpoint.ts';
import { GATE_REFERENCE } from '../references.ts';
import { seeGate } from './find-gate.ts';
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
      refusals: ['gate.role', 'gate.requester', 'gate.decided', 'gate.expired', 'gate.stale', 'gate.reason'],
    },
    async handle(call, ports) {
      const { outcome, reason, seen } = call.given.body;
      const found = await seeGate(call, ports, call.given.path.gate);
      const { key, decision } = found;
      const isDone =
        decision !== undefined &&
        decision.by === call.by.person.id &&
        decision.outcome === outcome &&
        decision.reason === reason.trim() &&
        decision.seen === seen;
      if (isDone) return { again: true, body: decisionView(decision), told: { ...toldOfGate(found), action: 'gate.read' } };
      const { policies } = call.may('gate.decide', gateResource(found));
      const { actor, person } = call.by;
      const { gate, ...run } = key;
      const decided = await decide(
        ports,
        { actor, roles: person.roles, policies },
        { key: run, gate, outcome, reason, seen, trace: call.requestId },
      );
      return { body: decisionView(decided) };
    },
  });
