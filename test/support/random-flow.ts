import fc from 'fast-check';
import * as z from 'zod/mini';
import { FlowBuilder } from '#shared/automation/flow.ts';
import { toGraph } from '#shared/automation/graph/flow-graph.ts';
import {
  automation,
  everyNode,
  type Flow,
  type Node,
  type Rule,
  role,
} from '#shared/automation/index.ts';

/** A node of a flow to build. Names are given when it is built, so that each is used once. */
export type Plan =
  | { readonly kind: 'stage' }
  | {
      readonly kind: 'step';
      readonly effect: 'none' | 'internal' | 'external';
      readonly reads: readonly Written[];
      readonly writes: readonly Written[];
    }
  | {
      readonly kind: 'gate';
      readonly rules: readonly number[];
      readonly shows: readonly Written[];
      readonly rejected: readonly Plan[];
    }
  | {
      readonly kind: 'when';
      readonly rule: number;
      readonly hit: readonly Plan[];
      readonly otherwise: readonly Plan[];
    };

/** Fields that steps write. The inputs are `a` and `b`, and `c`, which may be left out. */
const WRITTEN = ['w', 'x', 'y'] as const;
type Written = (typeof WRITTEN)[number];

const declaration = automation({
  name: 'random',
  version: 1,
  purpose: 'try out flows of every form',
  subjects: {},
  fields: {
    a: z.boolean(),
    b: z.boolean(),
    c: z.optional(z.boolean()),
    w: z.boolean(),
    x: z.boolean(),
    y: z.boolean(),
  },
});

/** Rules over the inputs, and after them rules over fields that a step has to have written. */
const RULES = (['a', 'b', 'c', 'w', 'x'] as const).map((field) =>
  declaration.rule(`is-${field}`, {
    reads: [field],
    hits: (fields) => fields[field] === true,
    says: `{${field}}`,
  }),
);

const anyWritten = fc.subarray([...WRITTEN], { maxLength: 2 });

/** Nodes of each kind, in branches to any depth, with reads before the field is written. */
export const plans: fc.Arbitrary<Plan[]> = fc.letrec<{ plans: Plan[]; plan: Plan }>((tie) => ({
  plans: fc.array(tie('plan'), { maxLength: 4 }),
  plan: fc.oneof(
    { depthSize: 'small' },
    fc.record({
      kind: fc.constant('step' as const),
      effect: fc.constantFrom('none', 'internal', 'external', 'external'),
      reads: fc.oneof({ weight: 6, arbitrary: fc.constant([]) }, anyWritten),
      writes: anyWritten,
    }),
    fc.constant({ kind: 'stage' as const }),
    fc.record({
      kind: fc.constant('gate' as const),
      rules: fc.oneof(
        { weight: 6, arbitrary: fc.subarray([0, 1, 2]) },
        fc.subarray(RULES.map((_, i) => i)),
      ),
      shows: fc.oneof({ weight: 6, arbitrary: fc.constant([]) }, anyWritten),
      rejected: tie('plans'),
    }),
    fc.record({
      kind: fc.constant('when' as const),
      rule: fc.oneof({ weight: 6, arbitrary: fc.nat(2) }, fc.nat(RULES.length - 1)),
      hit: tie('plans'),
      otherwise: tie('plans'),
    }),
  ),
})).plans;

/**
 * Adds a plan to a flow: first a step that reads every input, at the end one that writes every
 * field that steps write.
 *
 * @param options.reads - Whether nodes read what steps write. Without, the flow is always valid.
 */
function addPlan(
  start: FlowBuilder,
  plan: readonly Plan[],
  { reads }: { readonly reads: boolean },
): FlowBuilder {
  let count = 0;
  const read = (fields: readonly Written[]) => (reads ? fields : []);
  const ruleOf = (index: number): Rule => RULES[reads ? index : index % 3]!;

  const add = (run: FlowBuilder, part: Plan): FlowBuilder => {
    const n = ++count;

    switch (part.kind) {
      case 'stage':
        return run.stage(`stage-${n % 3}`);
      case 'step':
        return run.step(
          declaration.step(`step-${n}`, {
            reads: [...read(part.reads)],
            writes: [...part.writes],
            ...(part.effect === 'external'
              ? { effect: part.effect, vendors: ['bank'], pretend: () => ({}) }
              : { effect: part.effect }),
            run: () => ({}),
          } as never),
        );
      case 'gate': {
        const gate = declaration.gate(`gate-${n}`, {
          when: part.rules.map(ruleOf),
          decidedBy: role('Compliance Officer'),
          shows: ['a', ...read(part.shows)],
        });

        return run.gate(gate, { rejected: (rejected) => part.rejected.reduce(add, rejected) });
      }
      case 'when':
        return run.when(
          { ...ruleOf(part.rule), name: `when-${n}` },
          (hit) => part.hit.reduce(add, hit),
          (otherwise) => part.otherwise.reduce(add, otherwise),
        );
    }
  };

  const first = declaration.step('first', {
    reads: ['a', 'b', 'c'],
    effect: 'none',
    run: () => ({}),
  });

  const last = declaration.step('last', {
    writes: WRITTEN,
    effect: 'none',
    run: () => ({ w: true, x: true, y: true }),
  });

  return plan.reduce(add, start.stage('first-stage').step(first)).step(last);
}

/** The nodes of a plan, and the flow that is declared with them, or why it is refused. */
export function declareFlow(plan: readonly Plan[]): {
  readonly nodes: readonly Node[];
  readonly declare: () => Flow;
} {
  const build = (run: FlowBuilder) => addPlan(run, plan, { reads: true });
  return { nodes: build(new FlowBuilder()).nodes, declare: () => declaration.flow(build) };
}

const EMPTY = declaration.flow((run) => addPlan(run, [], { reads: false }));
export const INPUTS = EMPTY.inputs;

/** The flow of a plan whose nodes read inputs alone. Not declared anew, which would take longer. */
export function flowOf(plan: readonly Plan[]): Flow {
  const { nodes } = addPlan(new FlowBuilder(), plan, { reads: false });
  const all = [...everyNode(nodes)];
  const steps = all.flatMap((node) => (node.kind === 'step' ? [node] : []));
  const gates = all.flatMap((node) => (node.kind === 'gate' ? [node.gate] : []));

  return {
    ...EMPTY,
    nodes,
    graph: toGraph(nodes),
    steps: new Map(steps.map((node) => [node.step.name, node])),
    gates: new Map(gates.map((gate) => [gate.name, gate])),
  };
}
