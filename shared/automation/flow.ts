import { DAY, type DurationMs, MINUTE, SECOND } from '#shared/kernel/index.ts';
import type { Rule } from './rule.ts';
import type { Step } from './step.ts';

/** The role that decides at a gate, by name. The directory says which people hold it. */
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
  /** Attempts in all, 1 to 20. @default 5 */
  readonly attempts: number;
  /**
   * Upper limit of the first pause, doubled for each further one. The actual pause is random,
   * evenly distributed from 0 to the limit.
   *
   * @default 1 second
   */
  readonly baseMs: DurationMs;
  /** Upper limit of every pause, at most 15 minutes. @default 5 minutes */
  readonly capMs: DurationMs;
  /**
   * Time that the step waits for something outside to recover, up to 30 days: a vendor that cannot
   * be reached or rejects the credentials, a secret that is missing. The step is tried again at
   * growing pauses of up to an hour, without counting attempts, and its run is parked after this
   * time. With 0 the step does not wait, and these attempts count like any other.
   *
   * @default 24 hours
   */
  readonly patienceMs?: DurationMs;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 5, baseMs: SECOND, capMs: 5 * MINUTE };
export const DEFAULT_TIMEOUT_MS: DurationMs = 30 * SECOND;
/** The longest timeout of a step: Lambda ends a function after 15 minutes. */
export const TIMEOUT_MAX_MS: DurationMs = 15 * MINUTE;
/** The longest pause before a retry: the longest delay of a message in a queue. */
export const RETRY_PAUSE_MAX_MS: DurationMs = 15 * MINUTE;
/** The longest time that a step waits for something outside. */
export const PATIENCE_MAX_MS: DurationMs = 30 * DAY;
export const GATE_EXPIRY_MAX_MS: DurationMs = 365 * DAY;

/** A point where people decide whether a run goes on. Made with {@link Automation.gate}. */
export interface Gate {
  readonly name: string;
  /**
   * Rules of which any hit makes a run wait. Empty: every run waits. The rollout can make every run
   * wait, or none.
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

/** Waits for a decision. `rejected` holds what is still done for a rejected run before it ends. */
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

/** A node of a flow as it is declared. What may follow it is in the flow's graph. */
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
  /** The time that one attempt may take, at most 15 minutes. @default 30 seconds */
  readonly timeout?: DurationMs;
}

/**
 * Builds a flow in the order in which a run goes through it. Authors name it `run`, so that each
 * call reads as the next thing that the run does. Immutable: every method returns a new builder.
 */
export class FlowBuilder {
  readonly nodes: readonly Node[];
  constructor(nodes: readonly Node[] = []) {
    this.nodes = nodes;
  }

  /**
   * Begins a stage: a named phase of the run. Permissions can depend on the stage. A flow begins
   * with one.
   */
  stage(name: string): FlowBuilder {
    return this.#add({ kind: 'stage', name });
  }

  /** Runs a step once everything before it is done. A flow contains each step once. */
  step(step: Step, options: StepOptions = {}): FlowBuilder {
    return this.#add({
      kind: 'step',
      step,
      retry: { ...DEFAULT_RETRY, ...options.retry },
      timeoutMs: options.timeout ?? DEFAULT_TIMEOUT_MS,
    });
  }

  /**
   * Waits for a decision where the rollout or the rules of the gate require one.
   *
   * @param otherwise.rejected - Builds what is still done before the run ends, when the gate was
   *   rejected or expired.
   */
  gate(
    gate: Gate,
    otherwise: { readonly rejected?: (run: FlowBuilder) => FlowBuilder } = {},
  ): FlowBuilder {
    return this.#add({ kind: 'gate', gate, rejected: branch(otherwise.rejected) });
  }

  /** Takes one of two branches by a rule, which is evaluated once, when the run gets here. */
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

/** Yields every node of a flow in written order, those of branches included. */
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
