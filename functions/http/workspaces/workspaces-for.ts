import { WORKSPACES, workspaceTarget } from '#shared/engine/index.ts';
import type { PersonBody } from '#shared/identity/index.ts';
import { cursorsOf, type PageRequest } from '../../framework/http/page.ts';
import type { HttpPorts } from '../../framework/http/ports.ts';
import { type ReadPage, readListed, readPage } from '../../framework/http/read-page.ts';
import { workspaceOfTarget } from '../references.ts';

type Ports = Pick<HttpPorts, 'ledger' | 'keys' | 'random' | 'metrics'>;

/**
 * Reads a page of the workspaces that a person can access, sorted by name. For a person with named
 * workspaces, the page is built from these names. The gaps and the end of a page of the list of all
 * workspaces would reveal other workspaces.
 *
 * @throws `request.cursor`, and errors of the ledger.
 */
export async function workspacesFor(
  ports: Ports,
  { id, workspaces }: Pick<PersonBody, 'id' | 'workspaces'>,
  page: Pick<PageRequest, 'limit' | 'cursor'>,
): Promise<ReadPage> {
  if (workspaces === '*')
    return readPage(
      ports,
      id,
      { list: WORKSPACES, ...page },
      (found) => workspaceOfTarget(found) !== undefined,
    );

  const cursors = cursorsOf(ports, id, `${WORKSPACES} by name`);
  const after = (await cursors.open(page.cursor)) ?? '';
  const left = [...new Set(workspaces)].filter((name) => name > after).sort();
  const names = left.slice(0, page.limit);
  const last = names.at(-1);
  const documents = await readListed(ports, names.map(workspaceTarget));

  return {
    documents: documents.flatMap((document) => (document === 'corrupt' ? [] : (document ?? []))),
    cursor:
      last === undefined || left.length === names.length ? undefined : await cursors.seal(last),
  };
}
