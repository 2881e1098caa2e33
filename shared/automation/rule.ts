import { DefectError, formatMoney } from '#shared/kernel/index.ts';
import type { Fact, Setting } from './fields.ts';

/** A rule: a condition over public and internal facts, with a sentence that says what it found. */
export interface Rule {
  readonly name: string;
  readonly reads: readonly string[];
  readonly settings: Readonly<Record<string, Setting>>;
  readonly hits: (fields: never, settings: never) => boolean;
  /**
   * `{fact}` stands for a fact, `{fact:money}` for an amount in minor units of the fact `currency`.
   */
  readonly says: string;
}

/** What a rule gave. Stands in the entry as it is. */
export interface RuleOutcome {
  readonly rule: string;
  readonly hit: boolean;
  readonly facts: Readonly<Record<string, Fact>>;
  /** The sentence with its facts, when the rule hit: its first 2,000 characters. */
  readonly says?: string;
}

/**
 * Asks a rule. The one way an outcome comes about: rule and facts always go into the entry with it.
 *
 * @param fields - Values of the clear fields. Only those the rule declared are passed on; an
 *   absent one is the fact `null`.
 */
export function decide(rule: Rule, fields: Readonly<Record<string, unknown>>): RuleOutcome {
  const facts: Record<string, Fact> = {};
  const seen: Record<string, unknown> = {};

  for (const name of rule.reads) {
    seen[name] = fields[name];
    facts[name] = (fields[name] as Fact | undefined) ?? null;
  }

  for (const [name, setting] of Object.entries(rule.settings)) facts[name] = asFact(setting);

  const hit = rule.hits(seen as never, rule.settings as never);
  if (typeof hit !== 'boolean')
    throw new DefectError(`rule ${rule.name} gave ${typeof hit}; allowed are true and false`);

  const outcome = { rule: rule.name, hit, facts };
  return hit ? { ...outcome, says: shortened(inWords(rule.says, facts)) } : outcome;
}

/** The longest sentence that an entry takes. */
const SAYS_MAX = 2_000;

function shortened(sentence: string): string {
  return sentence.length <= SAYS_MAX
    ? sentence
    : `${sentence.slice(0, SAYS_MAX - 1).toWellFormed()}…`;
}

/** What stands for a setting among the facts: of a list its items, in words. */
function asFact(setting: Setting): Fact {
  return Array.isArray(setting) ? setting.join(', ') || 'none' : (setting as Fact);
}

const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9]*)(:money)?\}/g;

/** Names of the facts a sentence mentions. */
export function factsIn(says: string): string[] {
  return [...says.matchAll(PLACEHOLDER)].map((match) => match[1] as string);
}

/**
 * A sentence with its facts put in: `'{total:money} is over {limit:money}'` → `'EUR 12,500.00 is
 * over EUR 10,000.00'`.
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
