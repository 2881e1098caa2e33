import { Duration, Validations } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  CfnBucketPolicy,
  ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { archivePolicy } from '../../authority/policies.ts';
import { toPolicy } from '../../authority/policy-document.ts';
import type { Environment } from '../../config/environment.ts';
import type { Arns } from '../../naming/arns.ts';
import { removalPolicy } from '../removal-policy.ts';

export interface SealedArchiveProps {
  readonly environment: Environment;
  readonly arns: Arns;
  readonly bucketName: string;
}

/**
 * The bucket of the transparency log. Each object is locked for the environment's retention period
 * from the time it is put there.
 *
 * It is encrypted with keys of S3, not with a customer managed key, because deleting such a key
 * would make the archive unreadable.
 */
export class SealedArchive extends Construct {
  constructor(scope: Construct, id: string, { environment, arns, bucketName }: SealedArchiveProps) {
    super(scope, id);

    const { lock, days } = environment.archive;

    const bucket = new Bucket(this, 'Bucket', {
      bucketName,
      versioned: true,
      objectLockEnabled: true,
      objectLockDefaultRetention: ObjectLockRetention[lock](Duration.days(days)),
      encryption: BucketEncryption.S3_MANAGED,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: removalPolicy(environment),
    });

    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'who reads the log is for CloudTrail to say: access logs come late and without warranty, and would need a bucket like this one',
    });

    Validations.of(this).acknowledge({
      id: 'AwsSolutions-S10',
      reason:
        'the bucket’s policy refuses unencrypted ways; the check does not see a policy that names the bucket by its name',
    });

    // not `addToResourcePolicy`, which merges statements: they could not be compared with the
    // derived statements
    new CfnBucketPolicy(this, 'Policy', {
      bucket: bucket.bucketName,
      policyDocument: toPolicy(archivePolicy(arns, environment)),
    });
  }
}
