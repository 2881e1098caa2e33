import type { Stack, StackProps } from 'aws-cdk-lib';
import type { Environment } from '../config/environment.ts';
import { type Arns, arnsOf } from '../naming/arns.ts';
import { namesOf } from '../naming/names.ts';

/**
 * What every stack of an environment is made with: its place, and the tag by which costs are told
 * apart.
 */
export function stackProps(
  environment: Environment,
  what: string,
  elsewhere: { account?: string; region?: string } = {},
): StackProps {
  const account = elsewhere.account ?? environment.account;
  return {
    env: {
      region: elsewhere.region ?? environment.region,
      account,
    },
    description: `Writ ${environment.id}: ${what}`,
    tags: { 'writ:environment': environment.id },
    terminationProtection: environment.deletionProtection,
  };
}

/** ARNs as a stack sees them. `given` are those that no name gives. */
export function arnsIn(
  stack: Stack,
  environment: Environment,
  given: { dataKey?: string; secret?: Arns['secret'] } = {},
): Arns {
  const { partition, region, account } = stack;
  const unknown = (what: string) => () => {
    throw new Error(
      `stack ${stack.stackName} of ${namesOf(environment).prefix} was given no ${what}`,
    );
  };

  return arnsOf(environment, {
    partition,
    region,
    account,
    dataKey: given.dataKey ?? '',
    secret: given.secret ?? unknown('secrets'),
  });
}
