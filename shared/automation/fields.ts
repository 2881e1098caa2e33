import { type $ZodType, type output, safeParse } from 'zod/v4/core';
import type { ClearClass, DataClass, SealedClass } from '#shared/kernel/index.ts';

/** Field with its schema, its data class and, for a sealed class, its subject. */
export interface Field<
  S extends $ZodType = $ZodType,
  C extends DataClass = DataClass,
  Of extends string = string,
> {
  readonly schema: S;
  readonly class: C;
  readonly of?: Of;
}

/** Declared field. A plain schema declares a field of class `internal`. */
export type FieldDeclaration = $ZodType | Field;
export type FieldDeclarations = Readonly<Record<string, FieldDeclaration>>;

/**
 * Declares a sensitive field. Its value is encrypted at rest and never shown by a gate, rule or
 * entry.
 *
 * @param about.class - `personal`, `financial`, `health` or `confidential`. Determines which
 *   functions can decrypt the value. On AWS, IAM enforces this.
 * @param about.of - Name of the subject that the value is about. Erasing the subject erases the
 *   value.
 *
 * @example
 * ```ts
 * import * as z from 'zod/mini';
 * import { sensitive } from 'writ';
 *
 * export const iban = sensitive(z.string(), { class: 'financial', of: 'customer' });
 * ```
 */
export function sensitive<S extends $ZodType, const C extends SealedClass, const Of extends string>(
  schema: S,
  about: { readonly class: C; readonly of: Of },
): Field<S, C, Of> {
  return { schema, class: about.class, of: about.of };
}

/**
 * Declares a field of class `public`, which everyone with access to the run can read.
 *
 * @example
 * ```ts
 * import * as z from 'zod/mini';
 * import { open } from 'writ';
 *
 * export const status = open(z.enum(['received', 'paid']));
 * ```
 */
export function open<S extends $ZodType>(schema: S): Field<S, 'public', never> {
  return { schema, class: 'public' };
}

/** Tests whether a field may be absent, which is the case if its schema accepts `undefined`. */
export function canBeLeftOut({ schema }: Field): boolean {
  return safeParse(schema, undefined).success;
}

export type ValueOf<D> =
  D extends Field<infer S, DataClass, string> ? output<S> : D extends $ZodType ? output<D> : never;
export type ClassOf<D> = D extends Field<$ZodType, infer C, string> ? C : 'internal';
export type SubjectOf<D> = D extends Field<$ZodType, SealedClass, infer Of> ? Of : never;

/** Names of the public and internal fields. Entries, rules and gates may show their values. */
export type ClearNames<F> = {
  [K in keyof F & string]: ClassOf<F[K]> extends ClearClass ? K : never;
}[keyof F & string];

/** A value that is recorded in the outcome of a rule. */
export type Fact = string | number | boolean | null;
/** A setting of a rule: one fact or a list of facts. */
export type Setting = Fact | readonly Exclude<Fact, null>[];
/**
 * Settings in the form that the code of a rule receives. A list is widened to the type of its
 * items, so that `includes` accepts any value of that type.
 */
export type Settings<T> = {
  readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? readonly Widened<Item>[] : T[K];
};
type Widened<Item> = Item extends string ? string : Item extends number ? number : boolean;
/** Names of the clear fields whose values are single facts. */
export type FactNames<F> = {
  [K in ClearNames<F>]: ValueOf<F[K]> extends Fact | undefined ? K : never;
}[ClearNames<F>];

/** Values by field name; a field whose schema allows `undefined` may be left out. */
export type Values<F, K extends keyof F> = {
  readonly [P in K as undefined extends ValueOf<F[P]> ? never : P]: ValueOf<F[P]>;
} & {
  readonly [P in K as undefined extends ValueOf<F[P]> ? P : never]?: ValueOf<F[P]>;
};

/**
 * Fails to compile if a field names an undeclared subject. The compiler error names the subject.
 */
export type OfDeclared<F, S> = {
  readonly [K in keyof F]: SubjectOf<F[K]> extends keyof S ? unknown : { readonly of: keyof S };
};

/** Returns the full form of a field declaration. */
export function toField(declaration: FieldDeclaration): Field {
  return 'schema' in declaration && 'class' in declaration
    ? (declaration as Field)
    : { schema: declaration as $ZodType, class: 'internal' };
}
