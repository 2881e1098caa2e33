import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterIntake,
  afterStep,
  everyNode,
  type Flow,
  type FlowPoint,
  type Node,
  pathFacts,
  type Reach,
} from '#shared/automation/index.ts';
import { decisionsNeeded } from '#shared/engine/decisions-needed.ts';
import { ROLLOUTS, type Rollout, type Run } from '#shared/engine/index.ts';
import { isDue } from '#shared/engine/is-due.ts';
import { RunWalk } from '#shared/engine/run-walk.ts';
import * as model from '../../support/flow-model.ts';
import { declareFlow, flowOf, INPUTS, plans } from '../../support/random-flow.ts';
import { type Dice, dice } from '../../support/seeded-dice.ts';

/** Flows that each comparison tries. */
const numRuns = process.env.WRIT_SOAK === undefined ? 2_000 : 10_000;

const sorted = (names: Iterable<string | undefined>) => [...names].map(String).sort();
const inOrder = ({ steps, gates }: Reach) => ({ steps: [...steps], gates: [...gates] });

function condition({ branch, node }: FlowPoint['conditions'][number]): string {
  if (branch === 'rejected') return `${node.gate.name} is rejected`;
  return `${node.name} ${branch === 'hit' ? 'hits' : 'does not hit'}`;
}

/**
 * Any state of a run, also one that no run gets into: far enough that much of the flow is behind.
 */
function randomRun(flow: Flow, { chance, one }: Dice): Run {
  const states = <T>(names: Iterable<string>, most: T, others: readonly (T | undefined)[]) =>
    Object.fromEntries(
      [...names]
        .map((name) => [name, chance(85) ? most : one(others)] as const)
        .filter((state): state is readonly [string, NonNullable<T>] => state[1] !== undefined),
    );

  const whens = [...everyNode(flow.nodes)].flatMap((node) =>
    node.kind === 'when' ? [node.name] : [],
  );
  const steps = states<'done' | 'ready' | 'claimed'>(flow.steps.keys(), 'done', [
    undefined,
    undefined,
    'ready',
    'claimed',
  ]);
  const gates = (names: Iterable<string>) =>
    states<Run['gates'][string]>(names, one(['passed', 'approved', 'approved']), [
      undefined,
      'open',
      'passed',
      'approved',
      'rejected',
      'expired',
    ]);
  const supervised = [...flow.steps.keys()].filter(() => chance(30));

  return {
    v: 'run/1',
    id: 'r',
    workspace: 'w',
    automation: flow.name,
    version: 1,
    definition: flow.definition,
    status: 'running',
    stage: '',
    requester: 'u',
    startedAt: 0,
    subjects: {},
    steps: Object.fromEntries(Object.entries(steps).map(([name, state]) => [name, { state }])),
    gates: {
      ...gates(flow.gates.keys()),
      ...gates(supervised.map((step) => `supervise-${step}`)),
    },
    branches: states(whens, chance(50), [undefined, true, false]),
  };
}

/**
 * A flow, any state of a run of it, and what is known of its fields, whether they are there or not.
 */
function randomSituation(flow: Flow, seed: string) {
  const any = dice(seed);
  const value = () => any.one([true, true, false, false, undefined]);

  return {
    run: randomRun(flow, any),
    situation: {
      clear: { a: value(), b: value(), c: value() },
      rollout: any.one<Rollout>([...ROLLOUTS, 'supervised', 'supervised']),
      short: any.chance(30),
      now: 5,
    },
  };
}

describe('the graph of a flow', () => {
  it('has the points, conditions and facts that walking the nodes finds', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const flow = flowOf(plan);
        const positions = new Map([...everyNode(flow.nodes)].map((node, i) => [node, i]));
        const positionsOf = (nodes: readonly Node[]) =>
          nodes.map((node) => positions.get(node) ?? -1).sort((one, other) => one - other);

        const points = [...pathFacts(flow.graph, INPUTS)].map(([point, facts]) => {
          const { gates, nearestGates, predecessors } = facts;

          return {
            at: positions.get(point.node),
            onlyIf: point.conditions.map(condition),
            behind: sorted(gates),
            nearest: sorted(nearestGates),
            from: positionsOf([...predecessors].map(({ node }) => node)),
          };
        });

        const predecessors = model.predecessorsOf(flow.nodes);
        const walked = model.flowPaths(flow).map(({ node, onlyIf, behind, nearest }) => ({
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
          expect(inOrder(afterStep(flow, step))).toEqual(inOrder(model.afterStep(flow, step)));

        expect(inOrder(afterIntake(flow))).toEqual(inOrder(model.afterIntake(flow)));
      }),
      { numRuns },
    );
  });

  it('refuses a flow that reads a field which is not written on every path, and no other', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { nodes, declare } = declareFlow(plan);
        const problem = model.orderProblem(nodes, INPUTS);

        if (problem === undefined) expect(declare().nodes).toHaveLength(nodes.length);
        else
          expect(declare).toThrow(
            expect.objectContaining({ message: `automation random: ${problem}` }),
          );
      }),
      { numRuns },
    );
  });

  it('takes a run in any state to where walking the nodes takes it', () => {
    fc.assert(
      fc.property(plans, fc.integer(), (plan, seed) => {
        const flow = flowOf(plan);
        const result = (walk: RunWalk | model.ModelWalk) => {
          walk.advance();
          return { run: walk.run, rules: walk.rules, opened: walk.opened };
        };

        for (let i = 0; i < 4; i++) {
          const { run, situation } = randomSituation(flow, `${seed}-${i}`);
          expect(result(new RunWalk(flow, run, situation))).toEqual(
            result(new model.ModelWalk(flow, run, situation)),
          );
        }
      }),
      { numRuns },
    );
  });

  it('opens the same gate for an external step of a run in any state', () => {
    fc.assert(
      fc.property(plans, fc.integer(), (plan, seed) => {
        const flow = flowOf(plan);
        const { run, situation } = randomSituation(flow, `${seed}`);
        const result = (walk: RunWalk | model.ModelWalk) => {
          walk.supervise('first', situation.short);
          return { run: walk.run, rules: walk.rules, opened: walk.opened };
        };

        expect(result(new RunWalk(flow, run, situation))).toEqual(
          result(new model.ModelWalk(flow, run, situation)),
        );
      }),
      { numRuns: numRuns / 10 },
    );
  });

  it('knows which steps are due, and which decisions each needs, in any state of a run', () => {
    fc.assert(
      fc.property(plans, fc.integer(), (plan, seed) => {
        const flow = flowOf(plan);
        const { run, situation } = randomSituation(flow, `${seed}`);

        for (const step of flow.steps.keys()) {
          expect(isDue(flow, run, step)).toBe(model.isDue(flow, run, step));
          expect(decisionsNeeded(flow, run, step, situation)).toEqual(
            model.decisionsNeeded(flow, run, step, situation),
          );
        }
      }),
      { numRuns },
    );
  });
});
