import { PEOPLE } from '#shared/identity/index.ts';
import type { Ledger } from '#shared/ledger/index.ts';

/**
 * Restricts a ledger to the workspace of a single-workspace deployment. Documents of other
 * workspaces are reported as missing without a read, because no role may read them and an IAM
 * refusal would look like an outage of the ledger.
 */
export function ledgerOfCell(ledger: Ledger, cell: string): Ledger {
  const isReadable = (target: string) => [cell, PEOPLE].includes(workspaceOf(target));
  return {
    identity: ledger.identity,
    commit: (commit) => ledger.commit(commit),
    query: (query) => ledger.query(query),
    send: (messages) => ledger.send(messages),
    async read(targets) {
      const readable = targets.filter(isReadable);
      const found = readable.length === 0 ? [] : await ledger.read(readable);
      const documents = new Map(readable.map((target, i) => [target, found[i]]));
      return targets.map((target) => documents.get(target));
    },
  };
}

/**
 * Returns the workspace of a document. It is the second part of the key of a directory row, and the
 * third part of any other key.
 */
function workspaceOf(target: string): string {
  const [kind, second = '', third = ''] = target.split('#');
  return kind === 'token' ? second : third;
}
