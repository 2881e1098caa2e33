import { DAY, type DurationMs, MINUTE, SECOND } from '#shared/kernel/index.ts';
import type { Rule } from './rule.ts';
import type { Step } from './step.ts';

/** Role that decides at a gate, by name. The directory determines which people hold the role. */
export interface Role {
  readonly role: string;
}

/**
 * Names the role that decides at a gate.
 *
 * @param name - `Compliance Officer`, `Team Member`, `Client` or a custom role of the directory.
 *
 * @example
 * ```ts
 * import { role } from 'writ';
 *
 * export const accountant = role('accountant');
 * ```
 */
export const role = (name: string): Role => ({ role: name });

/** Attempts of a failing step, and the pauses between them. */
export interface RetryPolicy {
  /** Total number of attempts, 1 to 20. @default 5 */
  readonly attempts: number;
  /**
   * Upper limit of the first pause. The limit doubles for each further pause. The actual pause is
   * random, uniformly distributed from 0 to the limit.
   *
   * @default 1 second
   */
  readonly baseMs: DurationMs;
  /** Upper limit of every pause, at most 15 minutes. @default 5 minutes */
  readonly capMs: DurationMs;
  /**
   * Maximum time that the step waits for an external cause to recover, up to 30 days: a vendor that
   * is unreachable or rejects the credentials, or a missing secret. The engine retries the step
   * with growing pauses of up to an hour, does not count these attempts, and parks the run after
   * this time. With 0, the step does not wait, and these attempts count.
   *
   * @default 24 hours
   */
  readonly patienceMs?: DurationMs;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 5, baseMs: SECOND, capMs: 5 * MINUTE };
export const DEFAULT_TIMEOUT_MS: DurationMs = 30 * SECOND;
/** Maximum timeout of a step. Lambda ends a function after 15 minutes. */
export const TIMEOUT_MAX_MS: DurationMs = 15 * MINUTE;
/** Maximum pause before a retry, which is the maximum delay of a message in a queue. */
export const RETRY_PAUSE_MAX_MS: DurationMs = 15 * MINUTE;
/** Maximum time that a step waits for an external cause to recover. */
export const PATIENCE_MAX_MS: DurationMs = 30 * DAY;
export const GATE_EXPIRY_MAX_MS: DurationMs = 365 * DAY;

/** Point where people decide whether a run goes on. Created by {@link Automation.gate}. */
export interface Gate {
  readonly name: string;
  /**
   * Rules. A run waits if any of them hits, or if the list is empty. The rollout can override this:
   * every run waits, or no run waits.
   */
  readonly when: readonly Rule[];
  readonly decidedBy: Role;
  /** Names of the public and internal fields that the approver sees. */
  readonly shows: readonly string[];
  /** Time until an undecided gate counts as rejected. */
  readonly expiresMs: DurationMs;
}

/** Begins a stage. */
export interface StageNode {
  readonly kind: 'stage';
  readonly name: string;
}

/** Runs a step. */
export interface StepNode {
  readonly kind: 'step';
  readonly step: Step;
  readonly retry: RetryPolicy;
  readonly timeoutMs: DurationMs;
}

/**
 * Waits for a decision. `rejected` contains the nodes that a rejected run passes before it ends.
 */
export interface GateNode {
  readonly kind: 'gate';
  readonly gate: Gate;
  readonly rejected: readonly Node[];
}

/** Takes one of two branches. */
export interface WhenNode {
  readonly kind: 'when';
  readonly name: string;
  readonly rule: Rule;
  readonly whenHit: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** Node of a flow, as declared. Its possible successors are in the flow's graph. */
export type Node = StageNode | StepNode | GateNode | WhenNode;

/**
 * Options of a step in a flow.
 *
 * @example
 * ```ts
 * import { minutes, type StepOptions, seconds } from 'writ';
 *
 * export const patient: StepOptions = {
 *   timeout: minutes(2),
 *   retry: { attempts: 8, capMs: seconds(60) },
 * };
 * ```
 */
export interface StepOptions {
  /** Differences from the default retry policy. */
  readonly retry?: Partial<RetryPolicy>;
  /** Maximum time of one attempt, up to 15 minutes. @default 30 seconds */
  readonly timeout?: DurationMs;
}

/**
 * Builds a flow in the order in which a run goes through it. Authors name it `run`, so that each
 * call reads as the next action of the run. Immutable: every method returns a new builder.
 */
export class FlowBuilder {
  readonly nodes: readonly Node[];
  constructor(nodes: readonly Node[] = []) {
    this.nodes = nodes;
  }

  /**
   * Begins a stage: a named phase of the run. Permissions can depend on the stage. A flow begins
   * with a stage.
   */
  stage(name: string): FlowBuilder {
    return this.#add({ kind: 'stage', name });
  }

  /** Runs a step after everything before it is done. A flow contains each step at most once. */
  step(step: Step, options: StepOptions = {}): FlowBuilder {
    return this.#add({
      kind: 'step',
      step,
      retry: { ...DEFAULT_RETRY, ...options.retry },
      timeoutMs: options.timeout ?? DEFAULT_TIMEOUT_MS,
    });
  }

  /**
   * Waits for a decision if the rollout or the rules of the gate require it.
   *
   * @param otherwise.rejected - Builds the nodes that a run passes before it ends, if the gate is
   *   rejected or expires.
   */
  gate(
    gate: Gate,
    otherwise: { readonly rejected?: (run: FlowBuilder) => FlowBuilder } = {},
  ): FlowBuilder {
    return this.#add({ kind: 'gate', gate, rejected: branch(otherwise.rejected) });
  }

  /**
   * Takes one of two branches, depending on a rule that is evaluated once, when the run reaches it.
   */
  when(
    rule: Rule,
    then: (run: FlowBuilder) => FlowBuilder,
    otherwise?: (run: FlowBuilder) => FlowBuilder,
  ): FlowBuilder {
    return this.#add({
      kind: 'when',
      name: rule.name,
      rule,
      whenHit: branch(then),
      otherwise: branch(otherwise),
    });
  }

  #add(node: Node): FlowBuilder {
    return new FlowBuilder([...this.nodes, node]);
  }
}

function branch(build: ((run: FlowBuilder) => FlowBuilder) | undefined): readonly Node[] {
  return build === undefined ? [] : build(new FlowBuilder()).nodes;
}

/** Yields every node of a flow in written order, including the nodes of branches. */
export function* everyNode(nodes: readonly Node[]): Iterable<Node> {
  for (const node of nodes) {
    yield node;
    if (node.kind === 'gate') yield* everyNode(node.rejected);

    if (node.kind === 'when') {
      yield* everyNode(node.whenHit);
      yield* everyNode(node.otherwise);
    }
  }
}
