import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isWritError } from '#shared/kernel/index.ts';
import { CONFIGURATION_FILE, readConfiguration } from '../config/read-configuration.ts';
import { checkAccount, checkDeployRoles, commandsOf, fileOf, planOf } from './plan.ts';

const HELP = `Writes what CloudFormation may do for an environment, and says how to bootstrap with it.

Usage: npm run bootstrap -- ENVIRONMENT [OPTIONS]

ENVIRONMENT is an id such as prod-euc1: name, region and cell. Nothing is sent anywhere: the policies go to files, the commands
that make them and bootstrap the accounts are printed.

  --account ACCOUNT   where an environment goes that names no account (default: CDK_DEFAULT_ACCOUNT, if it is set)
  --config FILE       another configuration file (default: infra/config.ts)
  --out FOLDER        where the policies are written (default: dist/bootstrap)
  --update            print the commands for policies that are there already
  --json              print the places and their policies as one JSON object, and write no file
  --help              this text

Exit code: 0 when it is done, 1 when it is refused, 2 for a wrong option.
`;

const ROOT = join(import.meta.dirname, '../..');

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let given: ReturnType<typeof read>;
  try {
    given = read(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }

  const { values, positionals } = given;
  if (values.help) {
    console.log(HELP);
    return 0;
  }

  const [id, ...more] = positionals;
  if (id === undefined || more.length > 0) {
    console.error(`name one environment, not ${positionals.length}\n\n${HELP}`);
    return 2;
  }

  try {
    const account = values.account ?? process.env.CDK_DEFAULT_ACCOUNT;

    // checked before the option is applied to other environments
    checkAccount(await readConfiguration(values.config), id, values.account, account);

    const environments = await readConfiguration(values.config, account);
    const plan = planOf(environments, id, account);
    if (values.json) {
      console.log(JSON.stringify({ places: plan }, undefined, 2));
      return 0;
    }

    if (!values.update) checkDeployRoles(plan, environments, qualifier());

    const folder = relative('.', resolve(values.out)) || '.';
    for (const place of plan) {
      for (const policy of place.policies) {
        const file = fileOf(folder, place, policy);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, `${JSON.stringify(policy.document, undefined, 2)}\n`);
      }

      console.log(`${commandsOf(place, folder, values.update).join('\n')}\n`);
    }

    return 0;
  } catch (error) {
    if (!isWritError(error)) throw error;
    console.error(`${error.code}: ${error.message}`);
    if (error.help !== undefined) console.error(`help: ${error.help}`);
    return 1;
  }
}

/** Reads the qualifier from `cdk.json`, as `cdk bootstrap` and the app do. */
function qualifier(): string | undefined {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as {
    context: Record<string, string | undefined>;
  };
  return context['@aws-cdk/core:bootstrapQualifier'];
}

function read(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      account: { type: 'string' },
      config: { type: 'string', default: CONFIGURATION_FILE },
      out: { type: 'string', default: join(ROOT, 'dist/bootstrap') },
      update: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
}
