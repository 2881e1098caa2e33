import { type Fate, WritError } from '#shared/kernel/index.ts';

/** The handler of a function was called where nothing is wired to it. */
export class WiringUnavailableError extends WritError {
  override readonly name = 'WiringUnavailableError';
  readonly code = 'wiring.unavailable';
  readonly fate: Fate = 'refuse';
  constructor(name: string) {
    super(
      `the handler of ${name} runs as a Lambda function only; elsewhere a function is connected to its ports`,
      { function: name },
    );
  }
}

/** A deployment did not tell a function what it needs to know. It does not start. */
export class SettingsIncompleteError extends WritError {
  override readonly name = 'SettingsIncompleteError';
  readonly code = 'wiring.incomplete';
  readonly fate: Fate = 'stop';
  constructor(name: string, wrong: readonly string[]) {
    super(`function ${name} cannot be wired: ${wrong.join('; ')}; deployments set these`, {
      function: name,
    });
  }
}

/** A function failed for a reason that is no error of Writ. */
export class FunctionFailedError extends WritError {
  override readonly name = 'FunctionFailedError';
  readonly code = 'function.failed';
  readonly fate: Fate = 'retry';
  /** @param described - What may be told of it, see `describeForeignError`. */
  constructor(name: string, described: string) {
    super(`${name} failed: ${described}`, { function: name });
  }
}
