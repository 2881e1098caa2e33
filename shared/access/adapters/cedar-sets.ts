import {
  type CheckParseAnswer,
  type Policy,
  preparsePolicySet,
} from '@cedar-policy/cedar-wasm/web';

/** Policies that Cedar has parsed and keeps under an id. */
export interface ParsedSet {
  readonly id: string;
  /** How many roles gave nothing to it, because they are not valid. */
  readonly refused: number;
  /** Names of the valid roles that grant a permission to administer. */
  readonly administering: readonly string[];
}

const free = Array.from({ length: 64 }, (_, i) => `set-${i}`);

/** By the text that tells a set apart from all others; the one used last stands last. */
const parsed = new Map<string, ParsedSet>();

/**
 * The parsed set of that text. Cedar keeps what it parsed for good, under its id, and there is one
 * Cedar in a process: so there are at most 64 ids, and the set that was not used for longest gives
 * its id to a new one.
 *
 * @throws Error when Cedar does not take the policies.
 */
export function parsedSet(
  text: string,
  make: () => Omit<ParsedSet, 'id'> & { readonly policies: Record<string, Policy> },
): ParsedSet {
  const known = parsed.get(text);
  if (known !== undefined) {
    parsed.delete(text);
    parsed.set(text, known);
    return known;
  }

  const { policies, ...about } = make();
  const id = free.pop() ?? idOfOldest();
  const answer = preparsePolicySet(id, { staticPolicies: policies });

  if (answer.type === 'failure') free.push(id);

  demand(answer);

  const set = { id, ...about };

  parsed.set(text, set);

  return set;
}

/** From here on no text leads to that id. */
function idOfOldest(): string {
  const [oldest] = parsed;
  // Cedar stopped while it parsed, each of 64 times
  if (oldest === undefined) throw new Error('an id of a parsed set got lost');
  parsed.delete(oldest[0]);
  return oldest[1].id;
}

/** @throws Error with what Cedar says. */
export function demand(answer: CheckParseAnswer): void {
  if (answer.type === 'failure')
    throw new Error(answer.errors.map(({ message }) => message).join('; '));
}
