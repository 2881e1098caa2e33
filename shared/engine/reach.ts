import { type Flow, type Node, SUPERVISE } from '#shared/automation/index.ts';

/** What one commit can bring about: the steps that can become ready, the gates that can open. */
export interface Reach {
  readonly steps: ReadonlySet<string>;
  readonly gates: ReadonlySet<string>;
}

interface Walked extends Reach {
  /** Whether the end of the nodes can be reached without a step. */
  readonly through: boolean;
  /**
   * Whether an external step reached now may need a gate of its own. Not behind a gate that was
   * passed in the same commit: in the one rollout that supervises external steps, every gate waits.
   */
  readonly uncovered: boolean;
}

/** What can follow directly from a step being done. */
export function afterStep(flow: Flow, step: string): Reach {
  return (
    after(flow.nodes, (node) => node.kind === 'step' && node.step.name === step, true) ?? NOTHING
  );
}

/**
 * What can follow directly from a start, or from a gate of the flow being settled: what an intake
 * brings about.
 */
export function afterIntake(flow: Flow): Reach {
  const settled = [...flow.gates.keys()].map(
    (gate) => after(flow.nodes, (node) => isGate(node, gate), false) ?? NOTHING,
  );
  return [walk(flow.nodes, true), ...settled, ...rejections(flow.nodes)].reduce(join);
}

const NOTHING: Walked = { steps: new Set(), gates: new Set(), through: false, uncovered: true };

const isGate = (node: Node, gate: string) => node.kind === 'gate' && node.gate.name === gate;

function join(a: Walked, b: Walked): Walked {
  return {
    steps: new Set([...a.steps, ...b.steps]),
    gates: new Set([...a.gates, ...b.gates]),
    through: b.through,
    uncovered: b.uncovered,
  };
}

function walk(nodes: readonly Node[], covering: boolean): Walked {
  let found: Walked = { ...NOTHING, through: true, uncovered: covering };
  for (const node of nodes) {
    found = join(found, pass(node, found.uncovered));
    if (!found.through) break;
  }
  return found;
}

function pass(node: Node, uncovered: boolean): Walked {
  switch (node.kind) {
    case 'stage':
      return { ...NOTHING, through: true, uncovered };
    case 'step': {
      const supervised = uncovered && node.step.authority.effect === 'external';
      return {
        ...NOTHING,
        steps: new Set([node.step.name]),
        gates: new Set(supervised ? [SUPERVISE + node.step.name] : []),
      };
    }
    case 'gate':
      return { ...NOTHING, gates: new Set([node.gate.name]), through: true, uncovered: false };
    case 'when': {
      const ways = [walk(node.whenHit, uncovered), walk(node.otherwise, uncovered)] as const;
      const on = ways.filter((way) => way.through);

      return {
        ...join(...ways),
        through: on.length > 0,
        uncovered: on.some((way) => way.uncovered),
      };
    }
  }
}

/** What follows the one node that `is` finds; undefined when it is not among these. */
function after(
  nodes: readonly Node[],
  is: (node: Node) => boolean,
  uncovered: boolean,
): Walked | undefined {
  for (const [i, node] of nodes.entries()) {
    if (is(node)) return walk(nodes.slice(i + 1), uncovered);

    if (node.kind === 'gate') {
      const inside = after(node.rejected, is, uncovered);
      if (inside !== undefined) return { ...inside, through: false }; // a rejected run ends there
    }

    if (node.kind === 'when') {
      const inside = after(node.whenHit, is, uncovered) ?? after(node.otherwise, is, uncovered);
      if (inside !== undefined)
        return inside.through ? join(inside, walk(nodes.slice(i + 1), inside.uncovered)) : inside;
    }
  }

  return undefined;
}

/** What is still done for runs that a gate rejected. */
function rejections(nodes: readonly Node[]): Walked[] {
  return nodes.flatMap((node) => {
    if (node.kind === 'gate') return [walk(node.rejected, true), ...rejections(node.rejected)];
    return node.kind === 'when' ? [...rejections(node.whenHit), ...rejections(node.otherwise)] : [];
  });
}
