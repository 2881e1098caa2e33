import { type Environment, environmentOf } from '../config/environment.ts';
import { type Arns, arnsOf } from './arns.ts';
import { namesOf } from './names.ts';

/**
 * An environment that is nowhere: what differs from place to place is a name in braces, so that the
 * lock says the same of all.
 *
 * It is pooled, its egress is open, boundary, key and archive are its own, and its names begin as
 * they do by default. Its id is shorter than that of any real one, so a name that fits into an
 * environment fits in here.
 */
export const NOWHERE: Environment = {
  ...environmentOf({ name: 'dev', region: '{region}' }),
  id: '{env}',
  egress: { mode: 'open' },
};

/** The same with step functions in a network without a way out. */
export const ISOLATED: Environment = { ...NOWHERE, egress: { mode: 'isolated' } };

/** The same under a boundary that an estate brings along. */
export const UNDER_ANOTHERS_BOUNDARY: Environment = {
  ...NOWHERE,
  estate: { ...NOWHERE.estate, boundaryArn: '{boundary}' },
};

/** The same with its archive in an account of its own. */
export const ARCHIVED_ELSEWHERE: Environment = {
  ...NOWHERE,
  archive: { ...NOWHERE.archive, account: '{archive-account}' },
};

/**
 * @param drawn - The end of a secret's ARN: drawn when it is created, or a pattern over what
 *   could be drawn.
 */
export function arnsNowhere(
  environment: Environment,
  drawn: '{drawn}' | '??????' = '{drawn}',
): Arns {
  const { secret } = namesOf(environment);
  return arnsOf(environment, {
    partition: 'aws',
    region: '{region}',
    account: '{account}',
    dataKey: 'arn:aws:kms:{region}:{account}:key/{data-key}',
    secret: (fn, name) =>
      `arn:aws:secretsmanager:{region}:{account}:secret:${secret(fn, name)}-${drawn}`,
  });
}
