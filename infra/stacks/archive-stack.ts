import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../config/environment.ts';
import { SealedArchive } from '../constructs/sealed-archive/sealed-archive.ts';
import { arnsOf } from '../naming/arns.ts';
import { namesOf } from '../naming/names.ts';
import { stackProps } from './stack-props.ts';

/**
 * The transparency log's archive. It may be in a different account, which must then also be
 * bootstrapped.
 */
export class ArchiveStack extends Stack {
  constructor(scope: Construct, id: string, environment: Environment) {
    const { account: owner } = environment.archive;

    super(
      scope,
      id,
      stackProps(
        environment,
        'archive of the transparency log',
        owner === undefined ? {} : { account: owner },
      ),
    );

    const { partition, region } = this;
    // the account of the roles that the policy names
    const account = environment.account ?? this.account;
    const arns = arnsOf(environment, { partition, region, account, dataKey: '', secret: () => '' });

    new SealedArchive(this, 'Archive', {
      environment,
      arns,
      bucketName: namesOf(environment).archive(this.account),
    });
  }
}
