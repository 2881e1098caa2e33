import type { Actor, EntryDraft, Why } from '#shared/audit/index.ts';
import { type KeyPurpose, type KeyService, mintWorkspaceKey } from '#shared/crypto/index.ts';
import { isWritError, SEALED_CLASSES } from '#shared/kernel/index.ts';
import type { Change } from '#shared/ledger/index.ts';
import { assertClientWorkspace } from './client-workspace.ts';
import { type WorkspaceBody, workspaceKind, workspaceTarget } from './documents/index.ts';
import type { EnginePorts } from './ports.ts';

const PURPOSES: readonly KeyPurpose[] = ['token', 'run-id'];

/** Workspace to create. */
export interface NewWorkspace {
  readonly keyService: KeyService;
  readonly workspace: string;
  readonly actor: Actor;
  /** Validated by the caller. */
  readonly attributes?: WorkspaceBody['attributes'];
  /** Reason, for the audit entry. */
  readonly why?: Why;
  /** Permits a reserved name. Only the directory of people sets this. */
  readonly reserved?: true;
}

/**
 * Creates a workspace: its document, and one key for each sealed class and purpose.
 *
 * @returns false if the workspace already exists. Its keys are never minted twice.
 * @throws {@link InvalidInputError} `name.invalid`, `workspace.reserved`
 */
export async function createWorkspace(
  ports: Pick<EnginePorts, 'ledger'>,
  { keyService, workspace, actor, attributes, why, reserved }: NewWorkspace,
): Promise<boolean> {
  if (reserved === undefined) assertClientWorkspace(workspace);

  const workspaceKey = workspaceTarget(workspace);
  const exists = async () => (await ports.ledger.read([workspaceKey]))[0] !== undefined;
  if (await exists()) return false;

  const contexts = [
    ...SEALED_CLASSES.map((dataClass) => ({ workspace, class: dataClass })),
    ...PURPOSES.map((purpose) => ({ workspace, purpose })),
  ];

  const rows = await Promise.all(contexts.map((context) => mintWorkspaceKey(keyService, context)));
  const body: WorkspaceBody = { v: 'workspace/1', name: workspace, attributes };

  const changes: Change[] = [workspaceKind.insert(workspaceKey, body)];
  for (const row of rows) changes.push({ op: 'insert', target: row.target, body: row.body });

  const entry: EntryDraft = {
    workspace,
    actor,
    action: 'workspace.create',
    outcome: 'ok',
    why,
    diffs:
      attributes === undefined
        ? undefined
        : { [workspaceKey]: [{ field: 'attributes', after: attributes }] },
  };

  try {
    await ports.ledger.commit({ changes, entries: [entry] });
    return true;
  } catch (error) {
    // a concurrent call has created the workspace
    if (isWritError(error, 'ledger.conflict') && (await exists())) return false;
    throw error;
  }
}
