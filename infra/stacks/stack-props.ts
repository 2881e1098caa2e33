import type { Stack, StackProps } from 'aws-cdk-lib';
import type { Environment } from '../config/environment.ts';
import { type Arns, arnsOf } from '../naming/arns.ts';
import { namesOf } from '../naming/names.ts';

/**
 * Returns the properties of every stack of an environment: its location, and the tag that
 * attributes costs.
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

/** Returns the ARNs of a stack. `given` contains the ARNs that cannot be derived from a name. */
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
