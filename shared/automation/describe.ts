import type { DataClass } from '#shared/kernel/index.ts';
import type { Flow } from './automation.ts';
import { canBeLeftOut } from './fields.ts';
import { everyNode } from './flow.ts';
import type { Effect } from './step.ts';

/**
 * What an automation declares, as plain data: for functions that have to know automations, and must
 * not run their code.
 */
export interface AutomationDescription {
  readonly name: string;
  readonly version: number;
  /** SHA-256 (hex) of everything declared: runs are pinned to it. */
  readonly definition: string;
  readonly purpose: string;
  /** Each subject, and the field it is known by. */
  readonly subjects: readonly { readonly name: string; readonly knownBy: string }[];
  /** In the order in which they are written, those of branches included. */
  readonly stages: readonly string[];
  readonly fields: readonly FieldDescription[];
  readonly steps: readonly StepDescription[];
  readonly gates: readonly GateDescription[];
  /**
   * The role that decides about external effects which no gate of the flow covers, while they are
   * supervised.
   */
  readonly supervisedBy: string;
}

export interface FieldDescription {
  readonly name: string;
  readonly class: DataClass;
  /** The subject that it is about. */
  readonly of?: string;
  /** Whether it comes with the start; otherwise a step writes it. */
  readonly input: boolean;
  readonly optional: boolean;
  /** An amount in minor units of the field `currency`: a rule tells it as one. */
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
  /** No rule is asked: every run waits here. */
  readonly waitsAlways: boolean;
  readonly expiresMs: number;
}

export interface RuleDescription {
  readonly name: string;
  readonly reads: readonly string[];
  /** The sentence, with a placeholder for each fact. */
  readonly says: string;
}

/** Describes an automation. The same flow always gives the same description. */
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
