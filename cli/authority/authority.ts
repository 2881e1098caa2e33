import { Option } from 'commander';
import type { AddCommand } from '#cli/command/command.ts';

export interface AuthorityOptions {
  readonly statements?: true;
  readonly json?: true;
  readonly config?: string;
  readonly diff?: string;
  readonly check?: true;
  readonly write?: true;
}

/**
 * `writ authority`: who may do what. Works from the declarations of the checkout alone: no build,
 * no account, no network.
 */
export const authority: AddCommand = (program, around) => {
  const command = program
    .command('authority')
    .description(
      'who may do what: every function with its data, vendors, secrets and the statements of its role',
    )
    .argument('[name]', 'only an automation, or a function such as invoice-approval.pay')
    .option('--statements', 'IAM statements as they are, too')
    .option('--json', 'as one JSON object')
    .addOption(
      new Option(
        '--config <file>',
        'environments to speak of (default: infra/config.ts)',
      ).conflicts(['diff', 'check', 'write']),
    )
    .addOption(
      new Option(
        '--diff <revision>',
        'what has changed since a commit, what widens first',
      ).conflicts(['check', 'write']),
    )
    .addOption(
      new Option('--check', 'whether authority.lock.json says what the declarations say').conflicts(
        ['write', 'statements', 'json'],
      ),
    )
    .addOption(
      new Option('--write', 'bring authority.lock.json up to date, and say what changed').conflicts(
        ['statements', 'json'],
      ),
    );

  command.action(async (name: string | undefined, options: AuthorityOptions) => {
    if (name !== undefined && (options.check || options.write))
      command.error('error: --check and --write are about everything, not about one name');
    const { performAuthority } = await import('./perform.ts');
    await performAuthority(name, options, around);
  });
};
