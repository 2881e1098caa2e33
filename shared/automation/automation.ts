import { assertName, type DurationMs, days } from '#shared/kernel/index.ts';
import { checkDeclaration } from './check.ts';
import { definitionHash } from './definition.ts';
import {
  type ClearNames,
  type FactNames,
  type Field,
  type FieldDeclarations,
  type OfDeclared,
  type Setting,
  type Settings,
  toField,
  type Values,
} from './fields.ts';
import type { Flow } from './finished-flow.ts';
import { everyNode, FlowBuilder, type Gate, type Role, role, type StepNode } from './flow.ts';
import { toGraph } from './graph/flow-graph.ts';
import type { Balance, Collection, Records } from './records.ts';
import type { Rule } from './rule.ts';
import type { EffectDeclaration, Step, StepContext, StepDeclaration } from './step.ts';

/** Data of an automation: its purpose, its fields and their subjects. */
export interface AutomationDeclaration<F extends FieldDeclarations, S, Rec> {
  /**
   * A lower-case letter followed by up to 31 letters, digits or hyphens. Part of every key, queue
   * and function name. Never reuse it for another process.
   */
  readonly name: string;
  /**
   * An integer, 1 or greater. Every change to the declaration requires a new version, because each
   * run is pinned to the version it started with.
   */
  readonly version: number;
  /** The reason for processing the data, shown to approvers and in the record of processing. */
  readonly purpose: string;
  /**
   * People and companies that sensitive data is about. Maps the name of each subject to the field
   * that identifies it.
   */
  readonly subjects: S;
  /**
   * Schema of each field. A plain schema declares the class `internal`; see `open` and `sensitive`.
   */
  readonly fields: F & OfDeclared<F, S>;
  /** Collections of reference data. */
  readonly records?: Rec;
  /**
   * Role that decides about an external step if the rollout is `supervised` and the step is not
   * covered by a gate of the flow.
   *
   * @default role('Compliance Officer')
   */
  readonly supervisedBy?: Role;
}

/**
 * Declared automation. Creates its steps, rules, gates and flow. Returned by {@link automation}.
 */
export class Automation<
  const F extends FieldDeclarations,
  const S,
  const Rec extends Readonly<Record<string, Collection>>,
> {
  readonly #declaration: AutomationDeclaration<F, S, Rec>;

  constructor(declaration: AutomationDeclaration<F, S, Rec>) {
    this.#declaration = declaration;
  }

  /**
   * Declares a step: the authority it needs, and the function that uses it. Code that uses anything
   * undeclared does not compile.
   *
   * @param name - A lower-case letter followed by up to 31 letters, digits or hyphens.
   * @throws `name.invalid` if the name is not valid.
   *
   * @example
   * ```ts
   * import * as z from 'zod/mini';
   * import { automation } from 'writ';
   *
   * const refund = automation({
   *   name: 'refund',
   *   version: 1,
   *   purpose: 'pay customers back',
   *   subjects: {},
   *   fields: { amount: z.int(), refundId: z.string() },
   * });
   *
   * export const pay = refund.step('pay', {
   *   reads: ['amount'],
   *   writes: ['refundId'],
   *   vendors: ['bank'],
   *   effect: 'external',
   *   pretend: () => ({ refundId: 'pretended' }),
   *   async run({ fields, vendor }) {
   *     const answer = z.object({ id: z.string() });
   *     const { id } = await vendor('bank').post('/refunds', { amount: fields.amount }, answer);
   *     return { refundId: id };
   *   },
   * });
   * ```
   */
  step<
    const R extends keyof F & string = never,
    const W extends keyof F & string = never,
    const Sec extends string = never,
    const V extends string = never,
    const L extends keyof Rec & string = never,
    const G extends keyof Rec & string = never,
    const E extends keyof Rec & string = never,
    const D extends keyof Rec & string = never,
    Out extends Values<F, W> = Values<F, W>,
  >(
    name: string,
    declaration: StepDeclaration<F, Rec, R, W, Sec, V, L, G, E, D, Out> &
      EffectDeclaration<F, R, W, V>,
  ): Step {
    assertName('step', name);

    const { reads = [], writes = [], secrets = [], vendors = [], effect } = declaration;
    const { lookups = [], registers = [], reserves = [], draws = [] } = declaration;

    return {
      name,
      authority: { reads, writes, secrets, vendors, lookups, registers, reserves, draws, effect },
      run: declaration.run as (context: StepContext<F, Rec, R, Sec, V, L, G, E>) => unknown,
      pretend: declaration.pretend as ((fields: never) => unknown) | undefined,
    };
  }

  /**
   * Declares a rule over public and internal fields, for gates and branches. To compare sealed
   * values, let a step read them and write the result to an internal field.
   *
   * @throws `name.invalid` if the name is not valid.
   *
   * @example
   * ```ts
   * import * as z from 'zod/mini';
   * import { automation } from 'writ';
   *
   * const refund = automation({
   *   name: 'refund',
   *   version: 1,
   *   purpose: 'pay customers back',
   *   subjects: {},
   *   fields: { amount: z.int(), currency: z.string() },
   * });
   *
   * export const largeAmount = refund.rule('large-amount', {
   *   reads: ['amount', 'currency'],
   *   settings: { limit: 100_000 },
   *   hits: ({ amount }, { limit }) => amount > limit,
   *   says: '{amount:money} is over {limit:money}',
   * });
   * ```
   */
  rule<
    const R extends FactNames<F>,
    const T extends Readonly<Record<string, Setting>> = Record<never, never>,
  >(
    name: string,
    declaration: {
      readonly reads: readonly R[];
      readonly settings?: T;
      readonly hits: (fields: Values<F, R>, settings: Settings<T>) => boolean;
      readonly says: string;
    },
  ): Rule {
    assertName('rule', name);
    return {
      name,
      reads: declaration.reads,
      settings: declaration.settings ?? {},
      hits: declaration.hits,
      says: declaration.says,
    };
  }

  /**
   * Declares a gate: a point where people decide whether a run goes on. It shows public and
   * internal fields only.
   *
   * @param declaration.when - Rules. A run waits if any of them hits. Without rules, every run
   *   waits.
   * @param declaration.expires - Time until an undecided gate counts as rejected: 1 second to 365
   *   days. Default: 7 days.
   * @throws `name.invalid` if the name is not valid.
   *
   * @example
   * ```ts
   * import * as z from 'zod/mini';
   * import { automation, days, role } from 'writ';
   *
   * const refund = automation({
   *   name: 'refund',
   *   version: 1,
   *   purpose: 'pay customers back',
   *   subjects: {},
   *   fields: { amount: z.int() },
   * });
   *
   * export const approve = refund.gate('approve', {
   *   decidedBy: role('Compliance Officer'),
   *   shows: ['amount'],
   *   expires: days(3),
   * });
   * ```
   */
  gate<const K extends ClearNames<F>>(
    name: string,
    declaration: {
      readonly when?: readonly Rule[];
      readonly decidedBy: Role;
      readonly shows: readonly K[];
      readonly expires?: DurationMs;
    },
  ): Gate {
    assertName('gate', name);
    return {
      name,
      when: declaration.when ?? [],
      decidedBy: declaration.decidedBy,
      shows: declaration.shows,
      expiresMs: declaration.expires ?? days(7),
    };
  }

  /**
   * Builds the flow from stages, steps and gates, and checks the whole declaration.
   *
   * @throws `automation.invalid` when the declaration contradicts itself. The message names the
   *   node, field or rule.
   *
   * @example
   * ```ts
   * import * as z from 'zod/mini';
   * import { automation, role } from 'writ';
   *
   * const refund = automation({
   *   name: 'refund',
   *   version: 1,
   *   purpose: 'pay customers back',
   *   subjects: {},
   *   fields: { amount: z.int(), fee: z.int() },
   * });
   *
   * const deductFee = refund.step('deduct-fee', {
   *   reads: ['amount'],
   *   writes: ['fee'],
   *   effect: 'none',
   *   run: ({ fields }) => ({ fee: Math.min(fields.amount, 500) }),
   * });
   *
   * const approve = refund.gate('approve', {
   *   decidedBy: role('Team Member'),
   *   shows: ['amount', 'fee'],
   * });
   *
   * export default refund.flow((run) => run.stage('checking').step(deductFee).gate(approve));
   * ```
   */
  flow(build: (run: FlowBuilder) => FlowBuilder): Flow {
    const { nodes } = build(new FlowBuilder());

    const {
      name,
      version,
      purpose,
      subjects,
      fields,
      records = {},
      supervisedBy = role('Compliance Officer'),
    } = this.#declaration;

    const steps = new Map<string, StepNode>();
    const gates = new Map<string, Gate>();

    for (const node of everyNode(nodes)) {
      if (node.kind === 'step' && !steps.has(node.step.name)) steps.set(node.step.name, node);
      if (node.kind === 'gate' && !gates.has(node.gate.name)) gates.set(node.gate.name, node.gate);
    }

    const written = new Set([...steps.values()].flatMap(({ step }) => step.authority.writes));

    const flow = {
      name,
      version,
      purpose,
      subjects: subjects as Readonly<Record<string, string>>,
      fields: toFields(fields),
      records: Object.fromEntries(
        Object.entries<Collection>(records).map(([key, { of, fields: own, balances = {} }]) => [
          key,
          { of, fields: toFields(own), balances: toBalances(balances) },
        ]),
      ),
      supervisedBy,
      nodes,
      graph: toGraph(nodes),
      steps,
      gates,
      inputs: Object.keys(fields).filter((field) => !written.has(field)),
    };

    checkDeclaration(flow);

    return { ...flow, definition: definitionHash(flow) };
  }
}

function toFields(declarations: FieldDeclarations): Record<string, Field> {
  return Object.fromEntries(
    Object.entries(declarations).map(([name, declaration]) => [name, toField(declaration)]),
  );
}

function toBalances(declared: Readonly<Record<string, Balance | undefined>>): Records['balances'] {
  return Object.fromEntries(
    Object.entries(declared).flatMap(([name, balance]) =>
      balance === undefined ? [] : [[name, { tolerancePerMille: balance.tolerancePerMille ?? 0 }]],
    ),
  );
}

/**
 * Declares a business process: its data, the subjects of the data, and the purpose. The returned
 * object creates the steps, rules and gates, which can use only the data declared here.
 *
 * @example
 * ```ts
 * import * as z from 'zod/mini';
 * import { automation, open, sensitive } from 'writ';
 *
 * export const refund = automation({
 *   name: 'refund',
 *   version: 1,
 *   purpose: 'pay customers back',
 *   subjects: { customer: 'customerId' },
 *   fields: {
 *     customerId: z.string(),
 *     amount: z.int(),
 *     status: open(z.string()),
 *     iban: sensitive(z.string(), { class: 'financial', of: 'customer' }),
 *   },
 * });
 * ```
 */
export function automation<
  const F extends FieldDeclarations,
  const S extends Readonly<Record<string, keyof F & string>>,
  const Rec extends Readonly<Record<string, Collection>> = Record<never, never>,
>(declaration: AutomationDeclaration<F, S, Rec>): Automation<F, S, Rec> {
  return new Automation(declaration);
}
