import { type Fate, WritError } from '#shared/kernel/index.ts';

/** Maximum number of names in the message. */
const MOST_NAMES = 20;

/** Thrown when a caller who may list automations names one that is not deployed. */
export class AutomationUnknownError extends WritError {
  override readonly name = 'AutomationUnknownError';
  readonly code = 'automation.unknown';
  readonly fate: Fate = 'refuse';
  /** @param known - Deployed names. The message does not repeat the requested name. */
  constructor(known: readonly string[]) {
    const listed = known.slice(0, MOST_NAMES).join(', ') + (known.length > MOST_NAMES ? ', …' : '');
    super(`no automation with that name is deployed; deployed: ${listed || 'none'}`, {
      automations: known.length,
    });
  }
}
