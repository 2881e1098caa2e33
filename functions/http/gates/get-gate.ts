import * as z from 'zod/mini';
import { endpoint } from '../../framework/http/endpoint.ts';
import type { Descriptions } from '../automations/descriptions.ts';
import { GATE_REFERENCE } from '../references.ts';
import { readableClasses } from '../runs/run-view.ts';
import { requireGate } from './find-gate.ts';
import { gateContext, gateSchema, gateView } from './gate-view.ts';
import { runOfGate } from './resources.ts';

export const getGate = (automations: Descriptions) =>
  endpoint({
    method: 'GET',
    path: '/gates/{gate}',
    operationId: 'getGate',
    summary: 'Returns a gate: what it shows, why it waits, and the decision.',
    action: 'gate.read',
    request: { path: z.strictObject({ gate: GATE_REFERENCE }) },
    response: { status: 200, json: gateSchema },
    async handle(call, ports) {
      const found = await requireGate(call, ports, call.given.path.gate);
      const classes = readableClasses(call, runOfGate(found));

      const body = gateView(
        found,
        {
          classes,
          automation: automations.get(found.key.automation),
          now: ports.clock.now(),
        },
        call.by.person.id,
      );

      const reads = Object.keys(body.shown).sort();

      return {
        body,
        audit: {
          ...gateContext(found),
          classes: [...classes],
          reads: reads.length === 0 ? undefined : reads,
        },
      };
    },
  });
