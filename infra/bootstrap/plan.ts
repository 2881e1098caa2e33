import type { Environment } from '../config/environment.ts';
import { ConfigurationError } from '../config/errors.ts';
import { namesOf } from '../naming/names.ts';
import { documentsOf, type PolicyDocument } from './documents.ts';
import { executionPolicy } from './execution-policy.ts';
import { type BootstrapPlace, placesOf } from './places.ts';
import { partitionOf } from './scopes.ts';

/** A managed policy to be made before a place is bootstrapped. */
export interface PlannedPolicy {
  /** The environment it is for. */
  readonly environment: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly document: PolicyDocument;
}

/** A place to be bootstrapped, and the policies that CloudFormation's role there gets. */
export interface PlannedPlace extends Pick<BootstrapPlace, 'account' | 'region'> {
  readonly policies: readonly PlannedPolicy[];
}

/**
 * What names of the roles that `cdk bootstrap` makes are told apart by, unless the app or a command
 * says another one.
 */
const DEFAULT_QUALIFIER = 'hnb659fds';

/** Managed policies on one role, unless AWS was asked for more. */
const MOST_POLICIES = 10;

/**
 * What has to be bootstrapped for an environment. CloudFormation's role in a place works for every
 * environment that lies there, so those of the others are in the plan, too: `cdk bootstrap` takes
 * away what is not named.
 *
 * @param account - Where environments go that name no account.
 * @throws {@link ConfigurationError} when there is no such environment, when it lies in no
 *   account, or when a place needs more policies than a role takes.
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
      : placesOf(environment, lies).map((place) => ({ environment, place }));
  });

  const places = all.filter(({ environment }) => environment === asked).map(({ place }) => place);
  if (places.length === 0)
    throw new ConfigurationError([
      `${id} names no account: say which one it goes to, with \`--account\``,
    ]);

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
 * Refuses an account that is none, and one that somebody asked for in vain.
 *
 * @param asked - What `--account` says.
 * @param account - Where environments go that name no account: what was asked for, else that of
 *   the credentials at hand.
 * @throws {@link ConfigurationError}
 */
export function checkAccount(
  environments: readonly Environment[],
  id: string,
  asked: string | undefined,
  account = asked,
): void {
  const own = environments.find((environment) => environment.id === id)?.account;

  const problems = [
    ...(account === undefined || /^\d{12}$/.test(account)
      ? []
      : [`account "${account}" is no account number; one has 12 digits`]),
    ...(asked === undefined || own === undefined
      ? []
      : [
          `${id} names its account, ${own}: leave \`--account\` out, which is for environments that name none`,
        ]),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/**
 * Refuses environments that the role which `cdk bootstrap` makes in a place would lock out of their
 * own queues and archive: these take changes from `estate.deployRoles` and from nobody else, from
 * the first deployment on.
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

/** Whether a name fits a pattern of IAM: `*` is any text, `?` any character. */
function fits(pattern: string, name: string): boolean {
  const literal = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(name);
}

function policiesOf(environment: Environment, place: BootstrapPlace): PlannedPolicy[] {
  const names = namesOf(environment);
  const path = names.rolePath(false); // under which no deployment touches a policy
  return documentsOf(executionPolicy(environment, place)).map((document, i) => {
    const name = `${names.prefix}-deploy-${place.parts[0]}-${i + 1}`;
    const arn = `arn:${partitionOf(place.region)}:iam::${place.account}:policy${path}${name}`;
    return { environment: environment.id, name, path, arn, document };
  });
}

/** Where the document of a policy is written, in a folder. */
export const fileOf = (
  folder: string,
  { account }: Pick<PlannedPlace, 'account'>,
  { name }: PlannedPolicy,
) => `${folder}/${account}/${name}.json`;

/**
 * The commands that make the policies of a place and bootstrap it with them.
 *
 * @param update - Gives policies that are there another version, and bootstraps nothing.
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
