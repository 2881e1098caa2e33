import { decide, type Flow, pathTo, SUPERVISE, type WhenNode } from '#shared/automation/index.ts';
import type { Run } from './documents/index.ts';
import { hasFacts, judgeGate } from './judge-gate.ts';
import type { Situation } from './situation.ts';

/**
 * Returns the decisions that an external step needs before it may act. They are derived again from
 * the fields and the rollout; the gates and branches in the run document are not trusted. A rule
 * that lacks a required fact counts as a hit. Under the rollout `shadow`, no decision is needed,
 * because no step acts.
 *
 * @param situation.short - Whether a reservation that the step would draw exceeds its balance.
 * @returns sets of gates; in each set, one gate must be approved.
 */
export function decisionsNeeded(
  flow: Flow,
  run: Run,
  step: string,
  situation: Pick<Situation, 'clear' | 'rollout'> & { readonly short?: boolean },
): string[][] {
  if (situation.rollout === 'shadow') return [];

  const supervision = SUPERVISE + step;
  const needed: string[][] = [];
  let nearest: string | undefined;

  /** Returns the branch that a `when` would take now; undefined if a required fact is missing. */
  const branchNow = ({ rule }: WhenNode) =>
    hasFacts(flow, rule, situation.clear) ? branchOf(decide(rule, situation.clear).hit) : undefined;

  const path = pathTo(flow, step, ({ node }) => {
    const taken = run.branches[node.name];
    const branches = [taken === undefined ? undefined : branchOf(taken), branchNow(node)];
    return new Set(branches.filter((branch) => branch !== undefined));
  });

  for (const { point, branch } of path) {
    switch (point.kind) {
      case 'stage':
        break;
      case 'step':
        // one decision covers one effect
        if (point.node.step.authority.effect === 'external') nearest = undefined;
        break;
      case 'when':
        // with the current fields, the run would not take this branch
        if (branch !== undefined && branch !== branchNow(point.node)) needed.push([supervision]);
        break;
      case 'gate': {
        if (branch === 'rejected') break;

        const { gate } = point.node;
        const lacking = gate.when.some((rule) => !hasFacts(flow, rule, situation.clear));
        if (lacking || judgeGate(gate, situation).waits) needed.push([gate.name, supervision]);
        nearest = gate.name;
        break;
      }
    }
  }

  if (situation.rollout === 'supervised' || situation.short)
    needed.push(nearest === undefined ? [supervision] : [nearest, supervision]);

  return needed;
}

const branchOf = (hit: boolean): 'hit' | 'otherwise' => (hit ? 'hit' : 'otherwise');
