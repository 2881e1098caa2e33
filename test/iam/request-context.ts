import { PolicyError } from './errors.ts';
import type { Context } from './types.ts';

/**
 * The context of a request as conditions see it. Names of keys are compared without regard to case.
 */
export class RequestContext {
  readonly #keys = new Map<string, string | readonly string[]>();

  /**
   * @throws {@link PolicyError} when two names differ by case alone: AWS does not say which of
   *   them a condition reads.
   */
  constructor(context: Context) {
    for (const [name, value] of Object.entries(context)) {
      if (value.length === 0 && typeof value !== 'string') continue;
      if (this.#keys.has(name.toLowerCase()))
        throw new PolicyError(`the context has "${name}" twice, in different case`);
      this.#keys.set(name.toLowerCase(), value);
    }
  }

  has(name: string): boolean {
    return this.#keys.has(name.toLowerCase());
  }

  /**
   * All values; none where the key is missing or null, as it is when all it has is an empty text.
   */
  values(name: string): readonly string[] {
    const value = this.#keys.get(name.toLowerCase()) ?? [];
    const values = typeof value === 'string' ? [value] : value;
    return values.every((text) => text === '') ? [] : values;
  }

  /**
   * The value of a key that has one.
   *
   * @throws {@link PolicyError} when it is a key of several values: those need `ForAllValues` or
   *   `ForAnyValue`, and cannot be variables.
   */
  single(name: string): string | undefined {
    const value = this.#keys.get(name.toLowerCase());
    if (value !== undefined && typeof value !== 'string')
      throw new PolicyError(
        `"${name}" has several values: it takes ForAllValues or ForAnyValue, and cannot be a variable`,
      );
    return value;
  }
}
