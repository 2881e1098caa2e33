import type { DataClass } from '#shared/kernel/index.ts';
import { canBeLeftOut } from './fields.ts';
import type { Flow } from './finished-flow.ts';
import { everyNode } from './flow.ts';
import type { Effect } from './step.ts';

/**
 * An automation as plain data, for functions that have to know the declaration and must not run its
 * code.
 */
export interface AutomationDescription {
  readonly name: string;
  readonly version: number;
  /** SHA-256 of everything declared, in hex. Runs are pinned to it. */
  readonly definition: string;
  readonly purpose: string;
  /** Each subject with the field it is known by. */
  readonly subjects: readonly { readonly name: string; readonly knownBy: string }[];
  /** Names of the stages in written order, those of branches included. */
  readonly stages: readonly string[];
  readonly fields: readonly FieldDescription[];
  readonly steps: readonly StepDescription[];
  readonly gates: readonly GateDescription[];
  /** The role that decides about external steps that no gate covers, while they are supervised. */
  readonly supervisedBy: string;
}

export interface FieldDescription {
  readonly name: string;
  readonly class: DataClass;
  /** Name of the subject that the field is about. */
  readonly of?: string;
  /** True for a field of the input; false for one that a step writes. */
  readonly input: boolean;
  readonly optional: boolean;
  /** Set when a rule states the field as an amount in minor units of the field `currency`. */
  readonly money?: true;
}

export interface StepDescription {
  readonly name: string;
  readonly effect: Effect;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly vendors: readonly string[];
  /** Names of secrets, never their values. */
  readonly secrets: readonly string[];
  readonly lookups: readonly string[];
  readonly registers: readonly string[];
  readonly reserves: readonly string[];
  readonly draws: readonly string[];
}

export interface GateDescription {
  readonly name: string;
  readonly decidedBy: string;
  readonly shows: readonly string[];
  readonly rules: readonly RuleDescription[];
  /** True when the gate has no rules: every run waits here. */
  readonly waitsAlways: boolean;
  readonly expiresMs: number;
}

export interface RuleDescription {
  readonly name: string;
  readonly reads: readonly string[];
  /** The sentence, with a placeholder for each fact. */
  readonly says: string;
}

/** Returns the description of an automation. The same flow always gives the same description. */
export function describeFlow(flow: Flow): AutomationDescription {
  const rules = [...everyNode(flow.nodes)].flatMap((node) =>
    node.kind === 'gate' ? node.gate.when : node.kind === 'when' ? [node.rule] : [],
  );
  const isMoney = (name: string) =>
    rules.some(({ reads, says }) => reads.includes(name) && says.includes(`{${name}:money}`));

  return {
    name: flow.name,
    version: flow.version,
    definition: flow.definition,
    purpose: flow.purpose,
    subjects: Object.entries(flow.subjects).map(([name, knownBy]) => ({ name, knownBy })),
    stages: [
      ...new Set(
        [...everyNode(flow.nodes)].flatMap((node) => (node.kind === 'stage' ? [node.name] : [])),
      ),
    ],
    fields: Object.entries(flow.fields).map(([name, field]) => ({
      name,
      class: field.class,
      of: field.of,
      input: flow.inputs.includes(name),
      optional: canBeLeftOut(field),
      money: isMoney(name) ? true : undefined,
    })),
    steps: [...flow.steps.values()].map(({ step: { name, authority } }) => ({
      name,
      effect: authority.effect,
      reads: [...authority.reads],
      writes: [...authority.writes],
      vendors: [...authority.vendors],
      secrets: [...authority.secrets],
      lookups: [...authority.lookups],
      registers: [...authority.registers],
      reserves: [...authority.reserves],
      draws: [...authority.draws],
    })),
    gates: [...flow.gates.values()].map((gate) => ({
      name: gate.name,
      decidedBy: gate.decidedBy.role,
      shows: [...gate.shows],
      rules: gate.when.map(({ name, reads, says }) => ({ name, reads: [...reads], says })),
      waitsAlways: gate.when.length === 0,
      expiresMs: gate.expiresMs,
    })),
    supervisedBy: flow.supervisedBy.role,
  };
}
