import { WritError } from '#shared/kernel/index.ts';

/** A name derived from a declaration is longer than AWS allows. */
export class NameTooLongError extends WritError {
  override readonly name = 'NameTooLongError';
  readonly code = 'resource.name';
  readonly fate = 'refuse';

  constructor(what: string, name: string, most: number) {
    super(
      `${what} name "${name}" has ${name.length} characters; allowed are at most ${most}: shorten the automation or the step`,
      {
        length: name.length,
        most,
      },
    );
  }
}
