import { type Fate, WritError } from '#shared/kernel/index.ts';

/** Names that the message lists. */
const MOST_NAMES = 20;

/** An automation that is not deployed was named by somebody who may list those that are. */
export class AutomationUnknownError extends WritError {
  override readonly name = 'AutomationUnknownError';
  readonly code = 'automation.unknown';
  readonly fate: Fate = 'refuse';
  /** @param known - Names of those that are deployed. The one that was sent is not repeated. */
  constructor(known: readonly string[]) {
    const listed = known.slice(0, MOST_NAMES).join(', ') + (known.length > MOST_NAMES ? ', …' : '');
    super(`there is no automation of that name; there are ${listed || 'none'}`, {
      automations: known.length,
    });
  }
}
