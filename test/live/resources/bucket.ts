import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import { archivePolicy } from '#infra/authority/policies.ts';
import type { Clients } from '../clients.ts';
import { documentOf } from '../patience.ts';
import { type LiveRun, TAG } from '../run.ts';

export const bucketOf = ({ account, names }: LiveRun): string => names.archive(account);

/**
 * What would keep the run from taking its bucket away again: only roles that deploy could. Nor is
 * there a lock on its objects, which nobody could take off.
 */
const LEFT_OUT = ['OnlyDeploymentChanges'];

/** Makes a bucket with the archive's policy as far as it can be undone. */
export async function makeBucket({ s3 }: Clients, run: LiveRun): Promise<void> {
  const { arns, environment, id, region } = run;
  const Bucket = bucketOf(run);
  // the oldest region is the one that has no name here
  const place =
    region === 'us-east-1'
      ? {}
      : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } };

  await s3.send(new CreateBucketCommand({ Bucket, ...place }));
  await s3.send(
    new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: TAG, Value: id }] } }),
  );
  await s3.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );

  const policy = archivePolicy(arns, { ...environment, deletionProtection: false }).filter(
    ({ Sid }) => !LEFT_OUT.includes(Sid),
  );

  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: documentOf(policy) }));
}
