import { isWritError, type WritError } from '#shared/kernel/index.ts';
import type { DocumentCorruptError } from './errors.ts';
import type { Document, Ledger } from './ports.ts';

/**
 * Reads unrelated documents. A corrupt document does not block the others: its error is returned in
 * its place. Code that acts on a document uses {@link Ledger.read}, which throws the error.
 */
export async function readIntact(
  ledger: Pick<Ledger, 'read'>,
  targets: readonly string[],
): Promise<readonly (Document | WritError | undefined)[]> {
  const corrupt = new Map<string, WritError>();
  for (;;) {
    const intact = [...new Set(targets)].filter((target) => !corrupt.has(target));
    try {
      const documents = intact.length === 0 ? [] : await ledger.read(intact);
      const found = new Map(intact.map((target, i) => [target, documents[i]]));
      return targets.map((target) => corrupt.get(target) ?? found.get(target));
    } catch (error) {
      const { target } = error as DocumentCorruptError;
      if (!isWritError(error, 'ledger.corrupt') || !intact.includes(target)) throw error;
      corrupt.set(target, error);
    }
  }
}
