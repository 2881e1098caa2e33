import {
  canBeLeftOut,
  decide,
  type Flow,
  type Gate,
  type Rule,
  type RuleOutcome,
} from '#shared/automation/index.ts';
import type { Situation } from './situation.ts';

/** Decides whether a run waits at a gate, and returns the outcome of each rule. */
export function judgeGate(
  gate: Gate,
  { clear, rollout }: Pick<Situation, 'clear' | 'rollout'>,
): { readonly waits: boolean; readonly rules: RuleOutcome[] } {
  const rules = gate.when.map((rule) => decide(rule, clear));

  if (rollout === 'shadow') return { waits: false, rules };
  if (rollout === 'supervised' || gate.when.length === 0) return { waits: true, rules };

  return { waits: rollout === 'exceptions' && rules.some(({ hit }) => hit), rules };
}

/**
 * Evaluates a rule again. A rule that lacks a required fact counts as a hit without evaluation.
 */
export function judgeAgain(flow: Flow, rule: Rule, clear: Situation['clear']): RuleOutcome {
  if (hasFacts(flow, rule, clear)) return decide(rule, clear);
  return { rule: rule.name, hit: true, facts: {}, says: 'a field that this rule reads is missing' };
}

/** Tests whether each field that a rule reads has a value or is optional in its schema. */
export function hasFacts(flow: Flow, rule: Rule, clear: Situation['clear']): boolean {
  return rule.reads.every((name) => clear[name] !== undefined || mayBeAbsent(flow, name));
}

function mayBeAbsent(flow: Flow, name: string): boolean {
  const field = flow.fields[name];
  return field !== undefined && canBeLeftOut(field);
}
