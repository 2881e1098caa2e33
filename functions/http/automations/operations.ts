import type { Actor } from '#shared/audit/index.ts';
import { type EnginePorts, type Rollout, seedRollout } from '#shared/engine/index.ts';

/** Operations on automations. Only this function may write a control document. */
export interface AutomationOperations {
  /**
   * Sets the rollout without evidence.
   *
   * @throws `audit.embedded-only` outside the embedded mode.
   */
  seedRollout(
    key: { readonly automation: string; readonly workspace: string },
    rollout: Rollout,
    actor: Actor,
  ): Promise<void>;
}

export function connect(ports: Pick<EnginePorts, 'ledger'>): AutomationOperations {
  return { seedRollout: (key, rollout, actor) => seedRollout(ports, { ...key, rollout, actor }) };
}
