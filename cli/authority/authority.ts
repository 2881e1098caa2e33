import { Option } from 'commander';
import type { AddCommand } from '#cli/command/command.ts';
import type { AuthorityOptions } from './perform.ts';

/**
 * `writ authority`: shows the authority of each function. Reads only the declarations in the
 * checkout, and does not need a build, an account or a network.
 */
export const authority: AddCommand = (program, context) => {
  const command = program
    .command('authority')
    .description('Show what each function may do: data, vendors, secrets and IAM statements')
    .argument('[name]', 'an automation, or a function such as invoice-approval.pay')
    .option('--statements', 'print the IAM statements as well')
    .option('--json', 'print one JSON object')
    .addOption(
      new Option(
        '--config <file>',
        'show the environments of this file (default: infra/config.ts)',
      ).conflicts(['diff', 'check', 'write']),
    )
    .addOption(
      new Option(
        '--diff <revision>',
        'list the changes since a commit, wider ones first',
      ).conflicts(['check', 'write']),
    )
    .addOption(
      new Option('--check', 'check that authority.lock.json matches the declarations').conflicts([
        'write',
        'statements',
        'json',
      ]),
    )
    .addOption(
      new Option('--write', 'update authority.lock.json and list the changes').conflicts([
        'statements',
        'json',
      ]),
    )
    .addHelpText('after', '\nExample:\n  npx writ authority invoice-approval.pay');

  command.action(async (name: string | undefined, options: AuthorityOptions) => {
    if (name !== undefined && (options.check || options.write))
      command.error('error: --check and --write take no name: they cover the whole file');
    const { performAuthority } = await import('./perform.ts');
    await performAuthority(name, options, context);
  });
};
