import { DAY, isSealedClass } from '#shared/kernel/index.ts';
import type { Flow } from './finished-flow.ts';
import type { Gate } from './flow.ts';

/**
 * Prefix of the gates that the engine opens before external steps without a covering decision. It
 * is followed by the name of the step.
 */
export const SUPERVISE = 'supervise-';

/** Time until a supervising gate expires, in milliseconds. */
const SUPERVISION_EXPIRES_MS = 7 * DAY;

/** Returns the gate that the engine opens before an external step that no decision covers. */
export function superviseGate(
  flow: Pick<Flow, 'fields' | 'gates' | 'steps' | 'supervisedBy'>,
  step: string,
): Gate {
  return {
    name: SUPERVISE + step,
    when: [],
    decidedBy: flow.supervisedBy,
    shows: supervisionShows(flow, step),
    expiresMs: SUPERVISION_EXPIRES_MS,
  };
}

/**
 * Returns the fields that a supervising gate shows: the fields of the last gate of the flow or, in
 * a flow without gates, the public and internal fields that the step reads, so that the approver
 * always sees information about the effect.
 */
export function supervisionShows(
  flow: Pick<Flow, 'fields' | 'gates' | 'steps'>,
  step: string,
): readonly string[] {
  const last = [...flow.gates.values()].at(-1);
  if (last !== undefined) return last.shows;

  const reads = flow.steps.get(step)?.step.authority.reads ?? [];

  return reads.filter((name) => !isSealedClass(flow.fields[name]?.class ?? 'confidential'));
}
