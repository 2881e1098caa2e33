import { PEOPLE } from '#shared/identity/index.ts';
import type { Ledger } from '#shared/ledger/index.ts';

/**
 * The ledger of a deployment that one workspace has to itself. What people ask for of another
 * workspace is not there, and nobody looks for it: no role may, and a request that IAM refuses
 * would look as if the ledger could not be reached.
 */
export function ledgerOfCell(ledger: Ledger, cell: string): Ledger {
  const isThere = (target: string) => [cell, PEOPLE].includes(workspaceOf(target));
  return {
    identity: ledger.identity,
    commit: (commit) => ledger.commit(commit),
    query: (query) => ledger.query(query),
    send: (messages) => ledger.send(messages),
    async read(targets) {
      const own = targets.filter(isThere);
      const found = own.length === 0 ? [] : await ledger.read(own);
      const documents = new Map(own.map((target, i) => [target, found[i]]));
      return targets.map((target) => documents.get(target));
    },
  };
}

/**
 * The workspace that a document is of: the second part of the key of a directory row, the third of
 * any other.
 */
function workspaceOf(target: string): string {
  const [kind, second = '', third = ''] = target.split('#');
  return kind === 'token' ? second : third;
}
