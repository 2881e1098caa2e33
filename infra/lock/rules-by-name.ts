import { everyNode, type Flow, type Rule } from '#shared/automation/index.ts';
import type { RuleLock } from './automation-lock.ts';

/** The rules of a flow under unique names. Two gates may have rules with the same name. */
export class RulesByName {
  readonly #all = new Map<string, RuleLock>();

  constructor(flow: Flow) {
    for (const node of everyNode(flow.nodes)) {
      if (node.kind === 'gate') for (const rule of node.gate.when) this.nameOf(rule);
      if (node.kind === 'when') this.nameOf(node.rule);
    }
  }

  get all(): Readonly<Record<string, RuleLock>> {
    return Object.fromEntries(this.#all);
  }

  /** Returns the rule's name, followed by a number if an earlier rule has the same name. */
  nameOf({ name, reads, settings, says }: Rule): string {
    const rule = { reads, settings, says };
    for (let i = 1; ; i++) {
      const called = i === 1 ? name : `${name} (${i})`;
      const known = this.#all.get(called);
      if (known === undefined) this.#all.set(called, rule);
      if (known === undefined || JSON.stringify(known) === JSON.stringify(rule)) return called;
    }
  }
}
