import { type Environment, environmentOf } from '../config/environment.ts';
import { type Arns, arnsOf } from './arns.ts';
import { namesOf } from './names.ts';

/**
 * An environment with placeholders in braces for all values that differ between deployments, so
 * that one lock covers all deployments.
 *
 * It is pooled, with open egress, its own boundary, key and archive, and default names. Its id is
 * shorter than any real id, so a name that fits a real environment also fits here.
 */
export const NOWHERE: Environment = {
  ...environmentOf({ name: 'dev', region: '{region}' }),
  id: '{env}',
  egress: { mode: 'open' },
};

/** {@link NOWHERE} with isolated egress. */
export const ISOLATED: Environment = { ...NOWHERE, egress: { mode: 'isolated' } };

/** {@link NOWHERE} with a permissions boundary of the estate. */
export const UNDER_ANOTHERS_BOUNDARY: Environment = {
  ...NOWHERE,
  estate: { ...NOWHERE.estate, boundaryArn: '{boundary}' },
};

/** {@link NOWHERE} with its archive in another account. */
export const ARCHIVED_ELSEWHERE: Environment = {
  ...NOWHERE,
  archive: { ...NOWHERE.archive, account: '{archive-account}' },
};

/**
 * Returns the ARNs of an environment with placeholders.
 *
 * @param suffix - End of a secret's ARN: a placeholder for the random characters, or a pattern that
 *   matches them.
 */
export function arnsNowhere(
  environment: Environment,
  suffix: '{drawn}' | '??????' = '{drawn}',
): Arns {
  const { secret } = namesOf(environment);
  return arnsOf(environment, {
    partition: 'aws',
    region: '{region}',
    account: '{account}',
    dataKey: 'arn:aws:kms:{region}:{account}:key/{data-key}',
    secret: (fn, name) =>
      `arn:aws:secretsmanager:{region}:{account}:secret:${secret(fn, name)}-${suffix}`,
  });
}
