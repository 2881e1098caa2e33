import type { Actor } from '#shared/audit/index.ts';
import { assertClientWorkspace } from './client-workspace.ts';
import { controlKind, controlTarget, type Rollout } from './documents/index.ts';
import type { EnginePorts } from './ports.ts';

/** Rollout to set for an automation in a workspace. */
export interface RolloutSeed {
  readonly automation: string;
  readonly workspace: string;
  readonly rollout: Rollout;
  readonly actor: Actor;
}

/**
 * Sets the rollout without the evidence that production requires, for trying out an automation.
 * Works only on an embedded ledger. Any other ledger refuses the audit entry, and therefore the
 * change.
 *
 * @throws {@link InvalidInputError} `name.invalid`, `workspace.reserved`; `audit.embedded-only`
 */
export async function seedRollout(
  ports: Pick<EnginePorts, 'ledger'>,
  { automation, workspace, rollout, actor }: RolloutSeed,
): Promise<void> {
  assertClientWorkspace(workspace);

  const control = controlTarget({ automation, workspace });
  const [stored] = await ports.ledger.read([control]);
  const before = controlKind.find(stored)?.rollout;
  if (before === rollout) return;

  await ports.ledger.commit({
    changes: [controlKind.put(control, stored, { v: 'control/1', rollout })],
    entries: [
      {
        workspace,
        actor,
        action: 'rollout.seed',
        outcome: 'ok',
        targets: [{ kind: 'automation', id: automation }],
        diffs: { [control]: [{ field: 'rollout', before, after: rollout }] },
      },
    ],
  });
}
