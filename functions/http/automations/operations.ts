import type { Actor } from '#shared/audit/index.ts';
import { type EnginePorts, type Rollout, seedRollout } from '#shared/engine/index.ts';

/** What can be done with automations. The only function that may write a control document. */
export interface AutomationOperations {
  /**
   * Sets the rollout without evidence. @throws `audit.embedded-only` anywhere but in the embedded
   * mode.
   */
  seedRollout(
    place: { readonly automation: string; readonly workspace: string },
    rollout: Rollout,
    actor: Actor,
  ): Promise<void>;
}

export function connect(ports: Pick<EnginePorts, 'ledger'>): AutomationOperations {
  return { seedRollout: (place, rollout, actor) => seedRollout(ports, place, rollout, actor) };
}
