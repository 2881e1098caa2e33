/** Ends a command that has said all there is to say. */
export class Ended extends Error {
  override readonly name = 'Ended';
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`ended with ${exitCode}`);
    this.exitCode = exitCode;
  }
}
