import type { LockedStatement } from '#infra/lock/locked-statement.ts';

/**
 * Conditions of a statement. A description takes the conditions that it expresses in words; `rest`
 * formats the remaining conditions literally, so that no condition is lost.
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
   * Removes a condition and its guards, and returns the values of the condition. Without exactly
   * these guards the condition has another meaning, so it is not removed and the result is
   * undefined.
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

  /** Removes a condition if it has exactly this value. Returns true if it was removed. */
  takeExact(name: string, value: string): boolean {
    return this.#left.get(name)?.join() === value && this.#left.delete(name);
  }

  /** Text of the remaining conditions; empty if there are none. */
  get rest(): string {
    const left = [...this.#left].map(([name, values]) => describeCondition(name, values));
    return left.length === 0 ? '' : `, if ${left.join(' and ')}`;
  }
}

export const describeCondition = (name: string, values: readonly string[]): string =>
  `${name} is ${values.join(' or ')}`;
