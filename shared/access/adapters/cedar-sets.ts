import {
  type CheckParseAnswer,
  type Policy,
  preparsePolicySet,
} from '@cedar-policy/cedar-wasm/web';

/** A set of policies that Cedar has parsed and stores under an id. */
export interface ParsedSet {
  readonly id: string;
  /** Number of roles that were omitted because they are invalid. */
  readonly refused: number;
  /** Names of the valid roles that grant an administrative permission. */
  readonly administering: readonly string[];
}

const free = Array.from({ length: 64 }, (_, i) => `set-${i}`);

/** Parsed sets by their unique text, the most recently used last. */
const parsed = new Map<string, ParsedSet>();

/**
 * Returns the parsed set of a text. Cedar keeps parsed sets until the process ends, so at most 64
 * ids are used, and a new set replaces the least recently used set.
 *
 * @param make - Returns the policies. Called only if the set has not been parsed yet.
 * @throws Error when Cedar rejects the policies.
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

  const { policies, ...facts } = make();
  const id = free.pop() ?? idOfOldest();
  const answer = preparsePolicySet(id, { staticPolicies: policies });

  if (answer.type === 'failure') free.push(id);

  demand(answer);

  const set = { id, ...facts };

  parsed.set(text, set);

  return set;
}

/** Removes the least recently used set and returns its id. */
function idOfOldest(): string {
  const [oldest] = parsed;
  // parsing has thrown 64 times
  if (oldest === undefined) throw new Error('no id is left for a set of policies');
  parsed.delete(oldest[0]);
  return oldest[1].id;
}

/** @throws Error with Cedar's messages if Cedar failed. */
export function demand(answer: CheckParseAnswer): void {
  if (answer.type === 'failure')
    throw new Error(answer.errors.map(({ message }) => message).join('; '));
}
