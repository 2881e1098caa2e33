import { type $ZodType, type output, safeParse } from 'zod/v4/core';
import type { ClearClass, DataClass, SealedClass } from '#shared/kernel/index.ts';

/** A field's schema with the class of its data and, for a sealed class, whose data it is. */
export interface Field<
  S extends $ZodType = $ZodType,
  C extends DataClass = DataClass,
  Of extends string = string,
> {
  readonly schema: S;
  readonly class: C;
  readonly of?: Of;
}

/** As declared: a bare schema is a field of class `internal`. */
export type FieldDeclaration = $ZodType | Field;
export type FieldDeclarations = Readonly<Record<string, FieldDeclaration>>;

/**
 * A field that is stored only sealed and shown to nobody unasked.
 *
 * @param about.class - Why it is sensitive. Decides which functions may open it, on AWS by IAM.
 * @param about.of - Which of the automation's subjects it is about; erasing that subject erases
 *   the value.
 */
export function sensitive<S extends $ZodType, const C extends SealedClass, const Of extends string>(
  schema: S,
  about: { readonly class: C; readonly of: Of },
): Field<S, C, Of> {
  return { schema, class: about.class, of: about.of };
}

/** A field anyone may see: class `public`. */
export function open<S extends $ZodType>(schema: S): Field<S, 'public', never> {
  return { schema, class: 'public' };
}

/** Whether a value of the field need not be there: its schema takes `undefined`. */
export function canBeLeftOut({ schema }: Field): boolean {
  return safeParse(schema, undefined).success;
}

export type ValueOf<D> =
  D extends Field<infer S, DataClass, string> ? output<S> : D extends $ZodType ? output<D> : never;
export type ClassOf<D> = D extends Field<$ZodType, infer C, string> ? C : 'internal';
export type SubjectOf<D> = D extends Field<$ZodType, SealedClass, infer Of> ? Of : never;

/** Names of the fields whose values may stand in entries, rule facts and gates. */
export type ClearNames<F> = {
  [K in keyof F & string]: ClassOf<F[K]> extends ClearClass ? K : never;
}[keyof F & string];

/** What a rule can state as a fact. */
export type Fact = string | number | boolean | null;
/** A setting of a rule: one fact, or a list of them. */
export type Setting = Fact | readonly Exclude<Fact, null>[];
/**
 * Settings as a rule's code is given them: a list takes any item of the types of its own, so that
 * `includes` can be asked.
 */
export type Settings<T> = {
  readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? readonly AnyOf<Item>[] : T[K];
};
type AnyOf<Item> = Item extends string ? string : Item extends number ? number : boolean;
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

/** Fails to compile, naming the subject, when a field is of a subject that is not declared. */
export type OfDeclared<F, S> = {
  readonly [K in keyof F]: SubjectOf<F[K]> extends keyof S ? unknown : { readonly of: keyof S };
};

/** A declaration in its long form. */
export function toField(declaration: FieldDeclaration): Field {
  return 'schema' in declaration && 'class' in declaration
    ? (declaration as Field)
    : { schema: declaration as $ZodType, class: 'internal' };
}
