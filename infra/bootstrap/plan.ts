import type { Environment } from '../config/environment.ts';
import { ConfigurationError } from '../config/errors.ts';
import { namesOf } from '../naming/names.ts';
import { documentsOf, type PolicyDocument } from './documents.ts';
import { executionPolicy } from './execution-policy.ts';
import { type BootstrapPlace, bootstrapPlaces } from './places.ts';
import { partitionOf } from './scopes.ts';

/** A managed policy that must exist before a place is bootstrapped. */
export interface PlannedPolicy {
  /** Id of the policy's environment. */
  readonly environment: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly document: PolicyDocument;
}

/** A place to bootstrap, with the policies of CloudFormation's role there. */
export interface PlannedPlace extends Pick<BootstrapPlace, 'account' | 'region'> {
  readonly policies: readonly PlannedPolicy[];
}

/** Default qualifier in the names of the roles that `cdk bootstrap` creates. */
const DEFAULT_QUALIFIER = 'hnb659fds';

/** Maximum number of managed policies per role: the default quota. */
const MOST_POLICIES = 10;

/**
 * Plans the bootstrap of an environment. All environments in an account and region share one
 * CloudFormation role. Therefore, the plan includes the policies of the other environments, because
 * `cdk bootstrap` detaches policies that are not named.
 *
 * @param account - Account for environments without a configured account.
 * @throws {@link ConfigurationError} if the environment does not exist, if its account is unknown,
 *   or if a place needs more policies than a role can have.
 */
export function planOf(
  environments: readonly Environment[],
  id: string,
  account?: string,
): PlannedPlace[] {
  const asked = environments.find((environment) => environment.id === id);
  if (asked === undefined)
    throw new ConfigurationError([
      `there is no environment "${id}"; the configuration has ${environments.map((one) => one.id).join(', ')}`,
    ]);

  const all = environments.flatMap((environment) => {
    const lies = environment.account ?? account;
    return lies === undefined
      ? []
      : bootstrapPlaces(environment, lies).map((place) => ({ environment, place }));
  });

  const places = all.filter(({ environment }) => environment === asked).map(({ place }) => place);
  if (places.length === 0)
    throw new ConfigurationError([`${id} names no account: pass \`--account\``]);

  return places.map(({ account, region }) => {
    const here = all.filter(({ place }) => place.account === account && place.region === region);
    const policies = here.flatMap(({ environment, place }) => policiesOf(environment, place));
    if (policies.length > MOST_POLICIES)
      throw new ConfigurationError([
        `${account}/${region} would need ${policies.length} policies on one role, which takes ${MOST_POLICIES}: put some of ${here.map(({ environment }) => environment.id).join(', ')} into another account`,
      ]);
    return { account, region, policies };
  });
}

/**
 * Rejects an invalid account number, and an `--account` option that has no effect.
 *
 * @param asked - Value of `--account`.
 * @param account - Account for environments without a configured account: `--account` or, without
 *   that option, the account of the current credentials.
 * @throws {@link ConfigurationError}
 */
export function checkAccount(
  environments: readonly Environment[],
  id: string,
  asked: string | undefined,
  account = asked,
): void {
  const own = environments.find((environment) => environment.id === id)?.account;

  const problems: string[] = [];
  if (account !== undefined && !/^\d{12}$/.test(account))
    problems.push(`account "${account}" is not an account number, which has 12 digits`);
  if (asked !== undefined && own !== undefined)
    problems.push(
      `${id} names its account, ${own}: omit \`--account\`, which is for environments that name none`,
    );
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/**
 * Rejects environments whose queues and archive CloudFormation's role could not change after the
 * first deployment. Queues and archive accept changes only from `estate.deployRoles`, and that
 * pattern would not match the role that `cdk bootstrap` creates.
 *
 * @throws {@link ConfigurationError}
 */
export function checkDeployRoles(
  places: readonly PlannedPlace[],
  environments: readonly Environment[],
  qualifier = DEFAULT_QUALIFIER,
): void {
  const problems = places.flatMap((place) => {
    const role = `cdk-${qualifier}-cfn-exec-role-${place.account}-${place.region}`;
    const here = environments.filter(({ id }) =>
      place.policies.some(({ environment }) => environment === id),
    );

    return here
      .filter(({ estate }) => !fits(estate.deployRoles, role))
      .map(
        ({ id, estate }) =>
          `${id}: \`estate.deployRoles\` is "${estate.deployRoles}", which ${role} does not fit, the role that \`cdk bootstrap\` makes: ` +
          'queues and archive would refuse every change. Leave the setting out, or bootstrap in your own way with what `--json` prints',
      );
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/** Returns whether a name matches an IAM pattern. `*` matches any text, and `?` any character. */
function fits(pattern: string, name: string): boolean {
  const literal = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(name);
}

function policiesOf(environment: Environment, place: BootstrapPlace): PlannedPolicy[] {
  const names = namesOf(environment);
  const path = names.rolePath(false); // deployments may never change this path
  return documentsOf(executionPolicy(environment, place)).map((document, i) => {
    const name = `${names.prefix}-deploy-${place.parts[0]}-${i + 1}`;
    const arn = `arn:${partitionOf(place.region)}:iam::${place.account}:policy${path}${name}`;
    return { environment: environment.id, name, path, arn, document };
  });
}

/** Returns the path of a policy document's file in a folder. */
export const fileOf = (
  folder: string,
  { account }: Pick<PlannedPlace, 'account'>,
  { name }: PlannedPolicy,
) => `${folder}/${account}/${name}.json`;

/**
 * Returns the commands that create the policies of a place and bootstrap it with them.
 *
 * @param update - True to create new versions of existing policies instead, without bootstrapping.
 */
export function commandsOf(place: PlannedPlace, folder: string, update = false): string[] {
  const file = (policy: PlannedPolicy) => `file://${fileOf(folder, place, policy)}`;
  const about = `# in account ${place.account}, as an administrator`;
  if (update)
    return [
      about,
      ...place.policies.map(
        (policy) =>
          `aws iam create-policy-version --set-as-default --policy-arn ${policy.arn} --policy-document ${file(policy)}`,
      ),
    ];

  return [
    about,
    ...place.policies.map(
      (policy) =>
        `aws iam create-policy --policy-name ${policy.name} --path ${policy.path} --policy-document ${file(policy)}`,
    ),
    `npx cdk bootstrap aws://${place.account}/${place.region} --termination-protection --cloudformation-execution-policies ${place.policies.map(({ arn }) => arn).join(',')}`,
  ];
}
