import { SEALED_CLASSES, type SealedClass } from '#shared/kernel/index.ts';
import type { LockedStatement } from './locked-statement.ts';
import { arnsNowhere, NOWHERE } from './placeholders.ts';
import { canBegin, keysReached } from './reach.ts';

const { dataKey, keys } = arnsNowhere(NOWHERE);

/**
 * The sealed classes whose keys statements let a function unwrap, which is what it takes to open a value and to seal one.
 *
 * By IAM and not by declaration: a statement that names no class opens all of them.
 */
export function classesOpened(statements: readonly LockedStatement[]): SealedClass[] {
  return SEALED_CLASSES.filter((dataClass) =>
    statements.some((statement) => {
      if (keysReached(statement, 'kms:Decrypt', dataKey).length === 0) return false;
      const { 'kms:EncryptionContext:class': classes, 'kms:EncryptionContext:purpose': purposes } = statement.Condition?.StringEquals ?? {};
      // the key of a purpose is the key of no class
      return purposes === undefined && (classes === undefined || classes.includes(dataClass));
    }),
  );
}

/** The sealed classes for which statements let a function enter keys of subjects. */
export function classesMinted(statements: readonly LockedStatement[]): SealedClass[] {
  return SEALED_CLASSES.filter((dataClass) =>
    statements.some((statement) =>
      keysReached(statement, 'dynamodb:PartiQLInsert', keys).some((pattern) => canBegin(pattern, `key#${dataClass}#`)),
    ),
  );
}
