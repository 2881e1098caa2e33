import { DefectError, formatMoney } from '#shared/kernel/index.ts';
import type { Fact, Setting } from './fields.ts';

/**
 * Condition on public and internal fields, with the sentence that describes a hit. Created by
 * {@link Automation.rule}.
 */
export interface Rule {
  readonly name: string;
  readonly reads: readonly string[];
  readonly settings: Readonly<Record<string, Setting>>;
  readonly hits: (fields: never, settings: never) => boolean;
  /**
   * The sentence of a hit. `{fact}` is replaced with a fact, and `{fact:money}` with an amount in
   * minor units of the fact `currency`.
   */
  readonly says: string;
}

/** The result of a rule, stored in the audit entry. */
export interface RuleOutcome {
  readonly rule: string;
  readonly hit: boolean;
  readonly facts: Readonly<Record<string, Fact>>;
  /** The sentence with its facts, truncated to 2,000 characters. Set if the rule hit. */
  readonly says?: string;
}

/**
 * Evaluates a rule, and returns its outcome with the facts, for the audit entry.
 *
 * @param fields - Values of the public and internal fields. The rule receives only its declared
 *   fields. An absent field becomes the fact `null`.
 * @throws {@link DefectError} when the rule returns something other than true or false.
 */
export function decide(rule: Rule, fields: Readonly<Record<string, unknown>>): RuleOutcome {
  const facts: Record<string, Fact> = {};
  const read: Record<string, unknown> = {};

  for (const name of rule.reads) {
    read[name] = fields[name];
    facts[name] = (fields[name] as Fact | undefined) ?? null;
  }

  for (const [name, setting] of Object.entries(rule.settings)) facts[name] = asFact(setting);

  const hit = rule.hits(read as never, rule.settings as never);
  if (typeof hit !== 'boolean')
    throw new DefectError(`rule ${rule.name} returned ${typeof hit}; allowed are true and false`);

  const outcome = { rule: rule.name, hit, facts };
  return hit ? { ...outcome, says: shortened(inWords(rule.says, facts)) } : outcome;
}

/** Maximum number of characters of a sentence in an entry. */
const SAYS_MAX = 2_000;

function shortened(sentence: string): string {
  return sentence.length <= SAYS_MAX
    ? sentence
    : `${sentence.slice(0, SAYS_MAX - 1).toWellFormed()}…`;
}

/** Returns a setting as a fact. A list becomes one text of its items. */
function asFact(setting: Setting): Fact {
  return Array.isArray(setting) ? setting.join(', ') || 'none' : (setting as Fact);
}

const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9]*)(:money)?\}/g;

/** Returns the names of the facts that a sentence mentions. */
export function factsIn(says: string): string[] {
  return [...says.matchAll(PLACEHOLDER)].map((match) => match[1] as string);
}

/**
 * Returns a sentence with its placeholders replaced: `'{total:money} is over {limit:money}'`
 * becomes `'EUR 12,500.00 is over EUR 10,000.00'`.
 */
export function inWords(says: string, facts: Readonly<Record<string, Fact>>): string {
  return says.replace(PLACEHOLDER, (_, name: string, money?: string) => {
    const fact = facts[name] ?? null;
    if (fact === null) return 'none';
    if (money !== undefined && typeof fact === 'number')
      return formatMoney(fact, String(facts.currency ?? ''));
    return String(fact);
  });
}
