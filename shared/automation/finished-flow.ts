import type { Field } from './fields.ts';
import type { Gate, Node, Role, StepNode } from './flow.ts';
import type { FlowGraph } from './graph/flow-graph.ts';
import type { Records } from './records.ts';

/**
 * A finished automation: the engine runs it, and the infrastructure is derived from it. Created by
 * `Automation.flow`.
 */
export interface Flow {
  readonly name: string;
  readonly version: number;
  readonly purpose: string;
  readonly subjects: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, Field>>;
  readonly records: Readonly<Record<string, Records>>;
  readonly supervisedBy: Role;
  readonly nodes: readonly Node[];
  /** Nodes, each linked to its possible successors. */
  readonly graph: FlowGraph;
  /** Steps by name, in flow order. */
  readonly steps: ReadonlyMap<string, StepNode>;
  /** Gates by name, in flow order. */
  readonly gates: ReadonlyMap<string, Gate>;
  /** Names of the input fields, which no step writes. */
  readonly inputs: readonly string[];
  /** SHA-256 of the whole declaration, in hex. */
  readonly definition: string;
}
