import type { Field, FieldDeclarations } from './fields.ts';

/**
 * A collection of records: reference data that steps look up, such as orders or known suppliers.
 */
export interface Collection<F extends FieldDeclarations = FieldDeclarations> {
  /**
   * Name of the subject that a record is about. The id of the record is then the value that
   * identifies the subject. Required when a field is sensitive.
   */
  readonly of?: string;
  readonly fields: F;
  /**
   * Public or internal integer fields that runs can draw down, such as the total of an order. A
   * step that declares `reserves` reserves part of them for its run.
   */
  readonly balances?: { readonly [K in keyof F & string]?: Balance };
}

/** Field of a record that runs can draw down. */
export interface Balance {
  /**
   * Amount that can be drawn beyond the value of the field, in thousandths of the value, 0 to 1000.
   * @default 0
   */
  readonly tolerancePerMille?: number;
}

/** A collection of records in the form that the engine uses. */
export interface Records {
  readonly of?: string | undefined;
  readonly fields: Readonly<Record<string, Field>>;
  /** Balances by field. Empty when no field can be drawn down. */
  readonly balances: Readonly<Record<string, Required<Balance>>>;
}
