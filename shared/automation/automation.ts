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
import {
  everyNode,
  FlowBuilder,
  type Gate,
  type Node,
  type Role,
  role,
  type StepNode,
} from './flow.ts';
import { type FlowGraph, toGraph } from './graph/flow-graph.ts';
import type { Rule } from './rule.ts';
import type { EffectDeclaration, Step, StepContext, StepDeclaration } from './step.ts';

/**
 * Records of one kind: reference data the automation's steps look up, such as orders or known
 * suppliers.
 */
export interface Collection<F extends FieldDeclarations = FieldDeclarations> {
  /**
   * The subject a record is about; its id is then what that subject is known by. Needed when a
   * field is sensitive.
   */
  readonly of?: string;
  readonly fields: F;
  /**
   * Fields that runs can draw down, such as the total of an order: whole numbers in clear. Steps
   * that declare `reserves` reserve part of them for their run.
   */
  readonly balances?: { readonly [K in keyof F & string]?: Balance };
}

/** How far a balance can be drawn down. */
export interface Balance {
  /** How much more than the field says can be drawn, in thousandths of it. */
  readonly tolerancePerMille?: number;
}

export interface AutomationDeclaration<F extends FieldDeclarations, S, Rec> {
  /** A name: part of every key, queue and function name. Never reused for another process. */
  readonly name: string;
  /** From 1. A changed definition needs a new one: runs are pinned to theirs. */
  readonly version: number;
  /** Why this data is processed, in words: shown to approvers and in the record of processing. */
  readonly purpose: string;
  /** Whom sensitive data is about: each subject's name and the field it is known by. */
  readonly subjects: S;
  readonly fields: F & OfDeclared<F, S>;
  readonly records?: Rec;
  /**
   * Who decides about external effects while the rollout is `supervised` and no gate of the flow
   * covers them.
   *
   * @default role('Compliance Officer')
   */
  readonly supervisedBy?: Role;
}

/** A collection of records, as the engine sees it. */
export interface Records {
  readonly of?: string | undefined;
  readonly fields: Readonly<Record<string, Field>>;
  /** By field. Empty where nothing can be drawn down. */
  readonly balances: Readonly<Record<string, Required<Balance>>>;
}

/** A finished automation: what the engine runs and what the infrastructure is derived from. */
export interface Flow {
  readonly name: string;
  readonly version: number;
  readonly purpose: string;
  readonly subjects: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, Field>>;
  readonly records: Readonly<Record<string, Records>>;
  readonly supervisedBy: Role;
  readonly nodes: readonly Node[];
  /** What may follow what. */
  readonly graph: FlowGraph;
  /** Steps by name, in flow order. */
  readonly steps: ReadonlyMap<string, StepNode>;
  readonly gates: ReadonlyMap<string, Gate>;
  /** Fields no step writes: the input of a start. */
  readonly inputs: readonly string[];
  /** SHA-256 (hex) of everything declared. */
  readonly definition: string;
}

/** What `automation()` returns: the maker of its steps, rules, gates and flow. */
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
   * Declares a step: its authority, and what it does with it. Anything not declared does not
   * compile.
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
   * Declares a rule over public and internal fields. A comparison with a sealed value is made in a
   * step that reads it.
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
   * Declares a gate. Shows only public and internal fields: what else an approver may see is
   * decided when they ask for it.
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
   * Joins stages, steps and gates into the automation.
   *
   * @throws `automation.invalid` when the parts do not fit, naming the part.
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
 * Declares a business process: its data, whose it is, and why it is processed. Its steps, rules and
 * gates are made from what this returns, so that they can name only what is declared here.
 */
export function automation<
  const F extends FieldDeclarations,
  const S extends Readonly<Record<string, keyof F & string>>,
  const Rec extends Readonly<Record<string, Collection>> = Record<never, never>,
>(declaration: AutomationDeclaration<F, S, Rec>): Automation<F, S, Rec> {
  return new Automation(declaration);
}
