import { type Fate, WritError } from '#shared/kernel/index.ts';

/** The function was started where nothing is wired to it yet. */
export class WiringUnavailableError extends WritError {
  override readonly name = 'WiringUnavailableError';
  readonly code = 'wiring.unavailable';
  readonly fate: Fate = 'refuse';
  constructor(name: string) {
    super(`function ${name} has no AWS adapters in this release; it runs on the embedded engine only`, { function: name });
  }
}
