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
