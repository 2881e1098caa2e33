import { WritError } from '#shared/kernel/index.ts';

/**
 * The environments of the configuration file may not be deployed like this. Nothing was
 * synthesized.
 */
export class ConfigurationError extends WritError {
  override readonly name = 'ConfigurationError';
  readonly code = 'configuration.refused';
  readonly fate = 'refuse';
  /** What is wrong, all of it; each begins with the id of its environment. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `the configuration is refused:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
      { problems: problems.length },
    );
    this.problems = problems;
  }
}

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

/** What was derived from a declaration is more than AWS takes. */
export class ResourceLimitError extends WritError {
  override readonly name = 'ResourceLimitError';
  readonly code = 'resource.limit';
  readonly fate = 'refuse';
}
