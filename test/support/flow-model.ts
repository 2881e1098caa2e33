import { flowPaths as pathsOf } from '#infra/lock/flow-paths.ts';
import { RulesByName } from '#infra/lock/rules-by-name.ts';
import type { Flow, Node } from '#shared/automation/index.ts';

export { afterIntake, afterStep } from '#shared/engine/reach.ts';

export const flowPaths = (flow: Flow) => pathsOf(flow, new RulesByName(flow));

/** The nodes that a run can come from directly, by node. */
export function predecessorsOf(nodes: readonly Node[]): ReadonlyMap<Node, readonly Node[]> {
  const found = new Map<Node, readonly Node[]>();

  /** Returns the nodes from which a run leaves these on their main line. */
  const walk = (list: readonly Node[], start: readonly Node[]): readonly Node[] =>
    list.reduce((from, node) => {
      found.set(node, from);

      if (node.kind === 'gate') walk(node.rejected, [node]);
      if (node.kind !== 'when') return [node];

      return [...new Set([...walk(node.whenHit, [node]), ...walk(node.otherwise, [node])])];
    }, start);

  walk(nodes, []);

  return found;
}
