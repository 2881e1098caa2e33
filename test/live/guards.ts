import {
  GetCallerIdentityCommand,
  type GetCallerIdentityCommandOutput,
  type STSClient,
} from '@aws-sdk/client-sts';
import { configurationOf } from '#infra/config/configuration-schema.ts';
import type { Configuration } from '#infra/config/environment.ts';
import { environmentOf } from '#infra/config/environment.ts';
import { awsErrorName } from '#shared/kernel/adapters/aws-client.ts';

/** The account and the region that an operator chose. */
export interface Ground {
  readonly account: string;
  readonly region: string;
}

/** Why nothing is made. Every reason at once. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(`refused to start:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}`);
    this.reasons = reasons;
  }
}

/**
 * What the operator's environment says about where to run.
 *
 * @param configuration - What `infra/config.ts` exports: its production accounts are refused.
 * @throws {@link RefusedError} when something is missing, malformed, or of production.
 */
export function chosenGround(env: NodeJS.ProcessEnv, configuration: unknown): Ground {
  const { WRIT_AWS_LIVE: live, WRIT_LIVE_ACCOUNT: account = '', AWS_REGION: region = '' } = env;
  const production = productionAccounts(configurationOf(configuration));

  const reasons = [
    ...(live === '1' ? [] : [`WRIT_AWS_LIVE is ${seen(live)}; it has to be "1"`]),
    ...(/^\d{12}$/.test(account)
      ? []
      : [`WRIT_LIVE_ACCOUNT is ${seen(account)}; it has to be the account's 12 digits`]),
    ...(/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region)
      ? []
      : [`AWS_REGION is ${seen(region)}; it has to be a region, such as "eu-central-1"`]),
    ...(/^(?:cn|us-gov|us-iso)/.test(region)
      ? [`AWS_REGION is "${region}"; ARNs of its partition are not made here`]
      : []),
    ...(production.has(account)
      ? [`account ${account} is a production account of infra/config.ts`]
      : []),
  ];
  if (reasons.length > 0) throw new RefusedError(reasons);

  return { account, region };
}

/**
 * Asks AWS whose the credentials at hand are, and compares: see {@link checkIdentity}.
 *
 * @throws {@link RefusedError} also when there are none, or when AWS does not take them.
 */
export async function checkCredentials(ground: Ground, sts: STSClient): Promise<void> {
  const identity = await sts.send(new GetCallerIdentityCommand({})).catch((error) => {
    throw new RefusedError([
      `AWS does not say whose the credentials are (${awsErrorName(error)}); set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, to some that it takes`,
    ]);
  });
  checkIdentity(ground, identity);
}

/**
 * Compares the account that the operator named with the one that the credentials at hand are of.
 *
 * @throws {@link RefusedError} when they differ, or when the credentials are of the root user,
 *   who can take on no role.
 */
export function checkIdentity(
  { account }: Ground,
  { Account, Arn = '' }: Pick<GetCallerIdentityCommandOutput, 'Account' | 'Arn'>,
): void {
  const reasons = [
    ...(Account === account
      ? []
      : [`the credentials are of account ${Account}, and WRIT_LIVE_ACCOUNT is ${account}`]),
    ...(Arn.endsWith(':root')
      ? ['the credentials are of the root user, who can take on no role']
      : []),
  ];
  if (reasons.length > 0) throw new RefusedError(reasons);
}

/** The accounts that are listed as such, and those of the environments named prod. */
function productionAccounts({
  productionAccounts: listed = [],
  environments,
}: Configuration): ReadonlySet<string> {
  const ofProd = environments
    .map(environmentOf)
    .filter(({ name }) => name === 'prod')
    .flatMap(({ account, archive }) => [account, archive.account]);
  return new Set([...listed, ...ofProd].filter((account) => account !== undefined));
}

const seen = (value: string | undefined) =>
  value === undefined || value === '' ? 'not set' : `"${value}"`;
