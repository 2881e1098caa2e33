import { subjectKeyTarget } from '#shared/crypto/index.ts';
import { SEALED_CLASSES, type SealedClass } from '#shared/kernel/index.ts';
import { arnsNowhere, NOWHERE } from '../naming/placeholders.ts';
import type { LockedStatement } from './locked-statement.ts';
import { canBegin, keysReached, matches } from './reach.ts';

const { dataKey, keys } = arnsNowhere(NOWHERE);

/**
 * The sealed classes whose keys statements let a function unwrap, which is what it takes to open a
 * value and to seal one.
 *
 * By IAM and not by declaration: a statement that names no class opens all of them.
 */
export function classesOpened(statements: readonly LockedStatement[]): SealedClass[] {
  return SEALED_CLASSES.filter((dataClass) =>
    statements.some((statement) => {
      if (keysReached(statement, 'kms:Decrypt', dataKey).length === 0) return false;
      const { 'kms:EncryptionContext:class': classes, 'kms:EncryptionContext:purpose': purposes } =
        statement.Condition?.StringEquals ?? {};
      // the key of a purpose is the key of no class
      return purposes === undefined && (classes === undefined || classes.includes(dataClass));
    }),
  );
}

/** The sealed classes for which statements let a function enter keys of subjects. */
export function classesMinted(statements: readonly LockedStatement[]): SealedClass[] {
  return SEALED_CLASSES.filter((dataClass) => {
    const row = subjectKeyTarget('*', dataClass, '*');
    if (statements.some((statement) => refusesInserting(statement, row))) return false;
    return statements.some((statement) =>
      keysReached(statement, INSERT, keys).some(
        (pattern) => takesSubjects(pattern) && canBegin(pattern, `key#${dataClass}#`),
      ),
    );
  });
}

const INSERT = 'dynamodb:PartiQLInsert';

/** A row of a subject has one part more than that of a workspace. */
const takesSubjects = (pattern: string) => /[*?]/.test(pattern) || pattern.split('#').length > 3;

/** Whether no key of that pattern can be inserted, whatever else is allowed. */
function refusesInserting(
  { Effect, Action = [], Resource = [], Condition = {} }: LockedStatement,
  row: string,
): boolean {
  const { 'ForAnyValue:StringLike': any = {}, ...more } = Condition;
  const patterns = any['dynamodb:LeadingKeys'] ?? [];
  const bounded = Object.keys(any).length === 1 && Object.keys(more).length === 0;

  return (
    Effect === 'Deny' &&
    bounded &&
    matches(Action, INSERT) &&
    matches(Resource, keys) &&
    matches(patterns, row)
  );
}
