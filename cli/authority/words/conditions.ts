import type { LockedStatement } from '#infra/lock/locked-statement.ts';

/**
 * Conditions of a statement. Those that words were found for are taken; what is left is said as it
 * stands.
 */
export class Conditions {
  /** Values by operator and key, such as `Null dynamodb:LeadingKeys`. */
  readonly #left: Map<string, readonly string[]>;

  constructor({ Condition = {} }: LockedStatement) {
    this.#left = new Map(
      Object.entries(Condition).flatMap(([operator, keys]) =>
        Object.entries(keys).map(([key, values]) => [`${operator} ${key}`, values] as const),
      ),
    );
  }

  /**
   * Takes the values of a condition, when its guards are there, too, and say exactly that. A
   * condition without its guards means something else, and is left.
   */
  take(name: string, guards: Readonly<Record<string, string>> = {}): readonly string[] | undefined {
    const values = this.#left.get(name);
    if (
      values === undefined ||
      !Object.entries(guards).every(([guard, value]) => this.#left.get(guard)?.join() === value)
    )
      return undefined;

    for (const taken of [name, ...Object.keys(guards)]) this.#left.delete(taken);

    return values;
  }

  /** Takes a condition when it says exactly that. */
  holds(name: string, value: string): boolean {
    return this.#left.get(name)?.join() === value && this.#left.delete(name);
  }

  /** What was not taken. */
  get rest(): string {
    const left = [...this.#left].map(([name, values]) => conditionInWords(name, values));
    return left.length === 0 ? '' : `, if ${left.join(' and ')}`;
  }
}

export const conditionInWords = (name: string, values: readonly string[]): string =>
  `${name} is ${values.join(' or ')}`;
