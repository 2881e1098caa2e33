import type { DataClass } from '#shared/kernel/index.ts';
import { canBeLeftOut } from './fields.ts';
import type { Flow } from './finished-flow.ts';
import { everyNode } from './flow.ts';
import type { Effect } from './step.ts';

/** Automation as plain data, for functions that need the declaration but must not run its code. */
export interface AutomationDescription {
  readonly name: string;
  readonly version: number;
  /** SHA-256 of the whole declaration, in hex. Runs are pinned to it. */
  readonly definition: string;
  readonly purpose: string;
  /** Subjects, each with the field that identifies it. */
  readonly subjects: readonly { readonly name: string; readonly knownBy: string }[];
  /** Names of the stages in written order, including the stages of branches. */
  readonly stages: readonly string[];
  readonly fields: readonly FieldDescription[];
  readonly steps: readonly StepDescription[];
  readonly gates: readonly GateDescription[];
  /** Role that decides about supervised external steps without a covering gate. */
  readonly supervisedBy: string;
}

export interface FieldDescription {
  readonly name: string;
  readonly class: DataClass;
  /** Name of the subject that the field is about. */
  readonly of?: string;
  /** True for an input field; false for a field that a step writes. */
  readonly input: boolean;
  readonly optional: boolean;
  /** Set if a rule shows the field as an amount in minor units of the field `currency`. */
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
  /** True if the gate has no rules, so that every run waits. */
  readonly waitsAlways: boolean;
  readonly expiresMs: number;
}

export interface RuleDescription {
  readonly name: string;
  readonly reads: readonly string[];
  /** Sentence with a placeholder for each fact. */
  readonly says: string;
}

/**
 * Returns the description of an automation. The same flow always results in the same description.
 */
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
