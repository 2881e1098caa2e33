/** Ends a command with an exit code. The command has already printed its result. */
export class CommandExit extends Error {
  override readonly name = 'CommandExit';
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}
