import { type Fate, WritError } from '#shared/kernel/index.ts';

/** Declaration that contradicts itself. Thrown when its module is loaded, before any run. */
export class DeclarationError extends WritError {
  override readonly name = 'DeclarationError';
  readonly code = 'automation.invalid';
  readonly fate: Fate = 'refuse';
  constructor(automation: string, message: string) {
    super(`automation ${automation}: ${message}`, { automation });
  }
}
