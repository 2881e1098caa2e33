import { type Fate, WritError } from '#shared/kernel/index.ts';

/** Thrown when the Lambda handler of a function is called outside Lambda. */
export class WiringUnavailableError extends WritError {
  override readonly name = 'WiringUnavailableError';
  readonly code = 'wiring.unavailable';
  readonly fate: Fate = 'refuse';
  constructor(name: string) {
    super(`the handler of ${name} runs on Lambda only; elsewhere call connect() with its ports`, {
      function: name,
    });
  }
}

/** Thrown when a deployment lacks settings of a function. The function does not start. */
export class SettingsIncompleteError extends WritError {
  override readonly name = 'SettingsIncompleteError';
  readonly code = 'wiring.incomplete';
  readonly fate: Fate = 'stop';
  constructor(name: string, faults: readonly string[]) {
    super(
      `function ${name} cannot start: ${faults.join('; ')}; the deployment sets these variables`,
      { function: name },
    );
  }
}

/** Replaces an error of foreign code that ended a function. */
export class FunctionFailedError extends WritError {
  override readonly name = 'FunctionFailedError';
  readonly code = 'function.failed';
  readonly fate: Fate = 'retry';
  /** @param described - Public part of the error; see `describeForeignError`. */
  constructor(name: string, described: string) {
    super(`${name} failed: ${described}`, { function: name });
  }
}
