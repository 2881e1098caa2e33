import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  everyNode,
  FlowGraph,
  type FlowPoint,
  type Node,
  type Reach,
} from '#shared/automation/index.ts';
import { afterIntake, afterStep, flowPaths, predecessorsOf } from '../../support/flow-model.ts';
import { declareFlow, flowOf, INPUTS, plans } from '../../support/random-flow.ts';

/** Flows that are tried. */
const numRuns = process.env.WRIT_SOAK === undefined ? 2_000 : 10_000;

const sorted = (names: Iterable<string | undefined>) => [...names].map(String).sort();
const inOrder = ({ steps, gates }: Reach) => ({ steps: [...steps], gates: [...gates] });

function condition({ branch, node }: FlowPoint['conditions'][number]): string {
  if (branch === 'rejected') return `${node.gate.name} is rejected`;
  return `${node.name} ${branch === 'hit' ? 'hits' : 'does not hit'}`;
}

/** What the graph says of the fields that a node reads: the message with which it is refused. */
function orderProblem(graph: FlowGraph): string | undefined {
  for (const point of graph.points) {
    const { fields } = graph.before(point);

    for (const [reader, names] of readersOf(point)) {
      const missing = names.find((name) => !fields.has(name));
      if (missing !== undefined)
        return `automation random: ${reader} reads field ${missing} before a step has written it on every path`;
    }
  }

  return undefined;
}

function readersOf({ node }: FlowPoint): (readonly [string, readonly string[]])[] {
  switch (node.kind) {
    case 'stage':
      return [];
    case 'step':
      return [[`step ${node.step.name}`, node.step.authority.reads]];
    case 'gate':
      return [
        ...node.gate.when.map(({ name, reads }) => [`rule ${name}`, reads] as const),
        [`gate ${node.gate.name}`, node.gate.shows],
      ];
    case 'when':
      return [[`rule ${node.rule.name}`, node.rule.reads]];
  }
}

describe('the graph of a flow', () => {
  it('has the points, conditions and facts that walking the nodes finds', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const flow = flowOf(plan);
        const written = [...everyNode(flow.nodes)];
        const positions = new Map(written.map((node, i) => [node, i]));
        const positionsOf = (nodes: readonly Node[]) =>
          nodes.map((node) => positions.get(node) ?? -1).sort((one, other) => one - other);

        const points = flow.graph.points.map((point) => {
          const { gates, nearestGates, predecessors } = flow.graph.before(point);

          return {
            at: positions.get(point.node),
            onlyIf: point.conditions.map(condition),
            behind: sorted(gates),
            nearest: sorted(nearestGates),
            from: positionsOf([...predecessors].map(({ node }) => node)),
          };
        });

        const predecessors = predecessorsOf(flow.nodes);
        const walked = flowPaths(flow).map(({ node, onlyIf, behind, nearest }) => ({
          at: positions.get(node),
          onlyIf,
          behind: sorted(behind),
          nearest: sorted(nearest),
          from: positionsOf(predecessors.get(node) ?? []),
        }));

        expect(points).toEqual(walked);
      }),
      { numRuns },
    );
  });

  it('knows what one commit can bring about, in the order in which the flow is written', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const flow = flowOf(plan);

        for (const step of flow.steps.keys())
          expect(inOrder(flow.graph.afterStep(step))).toEqual(inOrder(afterStep(flow, step)));

        expect(inOrder(flow.graph.afterIntake())).toEqual(inOrder(afterIntake(flow)));
      }),
      { numRuns },
    );
  });

  it('knows which fields are written on every path', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { nodes, declare } = declareFlow(plan);
        const problem = orderProblem(new FlowGraph(nodes, INPUTS));

        if (problem === undefined) expect(declare().nodes).toHaveLength(nodes.length);
        else expect(declare).toThrow(expect.objectContaining({ message: problem }));
      }),
      { numRuns },
    );
  });
});
