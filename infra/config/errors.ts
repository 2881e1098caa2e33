import { WritError } from '#shared/kernel/index.ts';

/** The configuration file is invalid. No stacks were synthesized. */
export class ConfigurationError extends WritError {
  override readonly name = 'ConfigurationError';
  readonly code = 'configuration.refused';
  readonly fate = 'refuse';
  /** Every problem. Each begins with the id of its environment. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `the configuration is refused:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
      { problems: problems.length },
    );
    this.problems = problems;
  }
}
