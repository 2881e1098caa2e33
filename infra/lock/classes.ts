import { subjectKeyTarget } from '#shared/crypto/index.ts';
import { SEALED_CLASSES, type SealedClass } from '#shared/kernel/index.ts';
import { arnsNowhere, NOWHERE } from '../naming/placeholders.ts';
import type { LockedStatement } from './locked-statement.ts';
import { canBegin, keysReached, matches } from './reach.ts';

const { dataKey, keys } = arnsNowhere(NOWHERE);

/**
 * Returns the sealed classes whose keys the statements allow to unwrap, which is required to open
 * and to seal values.
 *
 * The classes are read from IAM, not from the declaration. A statement that does not name a class
 * allows all classes.
 */
export function classesOpened(statements: readonly LockedStatement[]): SealedClass[] {
  return SEALED_CLASSES.filter((dataClass) =>
    statements.some((statement) => {
      if (keysReached(statement, 'kms:Decrypt', dataKey).length === 0) return false;
      const { 'kms:EncryptionContext:class': classes, 'kms:EncryptionContext:purpose': purposes } =
        statement.Condition?.StringEquals ?? {};
      // keys of purposes do not seal classes
      return purposes === undefined && (classes === undefined || classes.includes(dataClass));
    }),
  );
}

/** Returns the sealed classes for which the statements allow inserting keys of subjects. */
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

/**
 * Returns whether a pattern can match a subject's row, which has one more part than a workspace's
 * row.
 */
const takesSubjects = (pattern: string) => /[*?]/.test(pattern) || pattern.split('#').length > 3;

/** Returns whether inserting a key of this pattern is denied, regardless of other statements. */
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
