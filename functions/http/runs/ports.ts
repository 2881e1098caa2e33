import type { HttpPorts } from '../../framework/http/ports.ts';
import type { Upload } from '../../framework/lambda/automation-functions.ts';
import type { StartAnswer } from '../../framework/lambda/intake-handler.ts';

/** Starts runs by calling the intake of their automation. */
export interface RunStarter {
  /**
   * @param automation - Name of a deployed automation.
   * @throws when the outcome of the start is unknown. It is safe to repeat the call with the same
   *   key.
   */
  start(automation: string, upload: Upload): Promise<StartAnswer>;
}

/** Ports of the function `runs`. */
export interface RunsPorts extends HttpPorts {
  readonly starts: RunStarter;
}
