import type { Flow, Node } from '#shared/automation/index.ts';
import type { RulesByName } from './rules-by-name.ts';

/** A node of a flow, and how a run gets there. */
export interface PathPoint {
  readonly node: Node;
  /** What has to be so for a run to get here. */
  readonly onlyIf: readonly string[];
  /** Gates that are behind a run that is here, on one of the ways at least. */
  readonly behind: ReadonlySet<string>;
  /**
   * The gates whose decision covers an external step that comes here, in the rollout in which every
   * gate waits; undefined where none does on one of the ways. One decision covers one effect.
   */
  readonly nearest: ReadonlySet<string | undefined>;
}

type PathState = Omit<PathPoint, 'node'>;

/** Every node of a flow, those of branches included, in the order in which they are written. */
export function flowPaths(flow: Flow, rules: RulesByName): PathPoint[] {
  const points: PathPoint[] = [];
  const walk = (nodes: readonly Node[], start: PathState): PathState =>
    nodes.reduce<PathState>((way, node) => pass(node, way), start);
  const inside = (nodes: readonly Node[], way: PathState, condition: string) =>
    walk(nodes, { ...way, onlyIf: [...way.onlyIf, condition] });

  const pass = (node: Node, way: PathState): PathState => {
    points.push({ node, ...way });

    switch (node.kind) {
      case 'stage':
        return way;
      case 'step':
        return node.step.authority.effect === 'external'
          ? { ...way, nearest: new Set([undefined]) }
          : way;
      case 'gate': {
        const { name } = node.gate;
        inside(node.rejected, way, `${name} is rejected`); // a rejected run ends there
        return { ...way, behind: new Set([...way.behind, name]), nearest: new Set([name]) };
      }
      case 'when': {
        const rule = rules.nameOf(node.rule);
        const [hit, otherwise] = [
          inside(node.whenHit, way, `${rule} hits`),
          inside(node.otherwise, way, `${rule} does not hit`),
        ];

        return {
          onlyIf: way.onlyIf,
          behind: new Set([...hit.behind, ...otherwise.behind]),
          nearest: new Set([...hit.nearest, ...otherwise.nearest]),
        };
      }
    }
  };

  walk(flow.nodes, { onlyIf: [], behind: new Set(), nearest: new Set([undefined]) });

  return points;
}
