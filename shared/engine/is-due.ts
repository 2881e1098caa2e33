import type { Flow, FlowPoint, FlowTarget } from '#shared/automation/index.ts';
import type { Run } from './documents/index.ts';

/**
 * Tests, from the run document, whether a run has passed all points before a step. A step that is
 * ready but not due was not made ready by the state machine.
 */
export function isDue(flow: Flow, run: Run, step: string): boolean {
  let target: FlowTarget | undefined = flow.graph.start;

  while (typeof target === 'object') {
    if (target.kind === 'step' && target.node.step.name === step) return true;
    target = leave(target, run);
  }

  return false;
}

/** Returns the point that the run reached after `point`; undefined if the run has not left it. */
function leave(point: FlowPoint, { steps, gates, branches }: Run): FlowTarget | undefined {
  switch (point.kind) {
    case 'stage':
      return point.next;
    case 'step':
      return steps[point.node.step.name]?.state === 'done' ? point.next : undefined;
    case 'when': {
      const hit = branches[point.node.name];
      if (hit === undefined) return undefined;
      return hit ? point.branches.hit : point.branches.otherwise;
    }
    case 'gate': {
      const state = gates[point.node.gate.name];
      if (state === 'passed' || state === 'approved') return point.next;
      return state === 'rejected' || state === 'expired' ? point.branches.rejected : undefined;
    }
  }
}
