import { PolicyError } from './errors.ts';

export interface Arn {
  readonly partition: string;
  readonly service: string;
  /** Empty for what has no region (IAM, S3). */
  readonly region: string;
  /** Empty for buckets and their objects. */
  readonly account: string;
  /** All that follows the fifth colon. Can hold further colons. */
  readonly resource: string;
}

/** @throws {@link PolicyError} when the text has fewer than the six fields of an ARN. */
export function readArn(text: string): Arn {
  const [arn, partition, service, region, account, ...resource] = text.split(':');
  if (
    arn !== 'arn' ||
    partition === undefined ||
    service === undefined ||
    region === undefined ||
    account === undefined
  )
    throw new PolicyError(`"${text}" is not an ARN`);
  if (resource.length === 0) throw new PolicyError(`ARN "${text}" lacks its last field`);

  return { partition, service, region, account, resource: resource.join(':') };
}
