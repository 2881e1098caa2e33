import { DAY, type DurationMs, MINUTE, SECOND } from '#shared/kernel/index.ts';
import type { Rule } from './rule.ts';
import type { Step } from './step.ts';

/** The name of a role people hold. Which people hold it is not the automation's business. */
export interface Role {
  readonly role: string;
}
export const role = (name: string): Role => ({ role: name });

/** How often a failing step is tried, and how long the pauses grow. */
export interface RetryPolicy {
  /** Tries altogether, 1 to 20. */
  readonly attempts: number;
  /**
   * The longest first pause; doubled for each further one. The actual pause is drawn evenly from 0
   * to that.
   */
  readonly baseMs: DurationMs;
  /** No pause is drawn from beyond this; at most 15 minutes. */
  readonly capMs: DurationMs;
  /**
   * How long the step waits for something outside that has to come back or be mended: a vendor that
   * cannot be reached or does not take the credentials, a secret that is not there. It is tried
   * again at growing pauses of up to an hour, however often, and its run is parked after this time.
   * 0: it does not wait, and those attempts count like any other.
   *
   * @default 24 hours
   */
  readonly patienceMs?: DurationMs;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 5, baseMs: SECOND, capMs: 5 * MINUTE };
export const DEFAULT_TIMEOUT_MS: DurationMs = 30 * SECOND;
/**
 * The longest a step may run: Lambda ends at 15 minutes, and its queue's visibility is six times
 * the timeout.
 */
export const TIMEOUT_MAX_MS: DurationMs = 15 * MINUTE;
/** The longest pause before a retry: what a queue can hold a message back. */
export const RETRY_PAUSE_MAX_MS: DurationMs = 15 * MINUTE;
/** The longest that a step waits for something outside. */
export const PATIENCE_MAX_MS: DurationMs = 30 * DAY;
export const GATE_EXPIRY_MAX_MS: DurationMs = 365 * DAY;

/** A point where a run waits for people. */
export interface Gate {
  readonly name: string;
  /**
   * Rules of which any hit makes a run wait; none: every run waits. What the rollout makes of it is
   * the engine's.
   */
  readonly when: readonly Rule[];
  readonly decidedBy: Role;
  /** Public and internal fields the approver is shown, and decides on. */
  readonly shows: readonly string[];
  /** How long it waits. Then it counts as rejected. */
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

/** Waits for people. `rejected` is what is still done for a run that they reject. */
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

export interface StepOptions {
  readonly retry?: Partial<RetryPolicy>;
  /** @default 30 seconds */
  readonly timeout?: DurationMs;
}

/**
 * Builds a flow from left to right. `run` is what the author calls it: each method reads as what
 * the run does next.
 */
export class FlowBuilder {
  readonly nodes: readonly Node[];
  constructor(nodes: readonly Node[] = []) {
    this.nodes = nodes;
  }

  /**
   * Names the phase that begins here. Until the next one, people's permissions are those of this
   * stage.
   */
  stage(name: string): FlowBuilder {
    return this.#add({ kind: 'stage', name });
  }

  /** Runs a step when everything before it is done. */
  step(step: Step, options: StepOptions = {}): FlowBuilder {
    return this.#add({
      kind: 'step',
      step,
      retry: { ...DEFAULT_RETRY, ...options.retry },
      timeoutMs: options.timeout ?? DEFAULT_TIMEOUT_MS,
    });
  }

  /**
   * Waits for people, as the rollout and the gate's rules have it.
   *
   * @param otherwise.rejected - What is still done for a run that was rejected, or whose gate
   *   expired, before it ends.
   */
  gate(
    gate: Gate,
    otherwise: { readonly rejected?: (run: FlowBuilder) => FlowBuilder } = {},
  ): FlowBuilder {
    return this.#add({ kind: 'gate', gate, rejected: branch(otherwise.rejected) });
  }

  /** Takes one of two ways, by a rule asked once, when the run gets here. */
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

/** Every node of a flow, those of branches included, in the order they are written. */
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
