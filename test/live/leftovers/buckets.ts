import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketTaggingCommand,
  ListObjectVersionsCommand,
  paginateListBuckets,
  type S3Client,
} from '@aws-sdk/client-s3';
import { awsErrorName } from '#shared/kernel/adapters/aws-client.ts';
import type { Leftover, Whose } from '../cleanup.ts';
import type { Clients } from '../clients.ts';
import { isOurs, prefixOf, tagOf } from './ours.ts';

export async function* bucketsLeft(
  { s3: client }: Clients,
  whose: Whose,
): AsyncGenerator<Leftover> {
  for await (const { Buckets = [] } of paginateListBuckets(
    { client, pageSize: 1_000 },
    { Prefix: prefixOf(whose) },
  )) {
    for (const { Name: Bucket = '' } of Buckets) {
      // a stand-in may not know the filter
      if (
        !Bucket.startsWith(prefixOf(whose)) ||
        !isOurs(whose, await tagOfBucket(client, Bucket), Bucket)
      )
        continue;

      yield {
        what: `bucket ${Bucket}`,
        remove: () => removeBucket(client, Bucket),
        command: `empty it of all versions, then: aws s3api delete-bucket --bucket ${Bucket}`,
      };
    }
  }
}

async function removeBucket(client: S3Client, Bucket: string): Promise<void> {
  const { Versions = [], DeleteMarkers = [] } = await client.send(
    new ListObjectVersionsCommand({ Bucket }),
  ); // the facts leave a handful
  for (const { Key, VersionId } of [...Versions, ...DeleteMarkers]) {
    await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  }
  await client.send(new DeleteBucketCommand({ Bucket }));
}

/**
 * A bucket without tags answers with an error, and one of another region with a redirection:
 * neither is ours.
 */
async function tagOfBucket(client: S3Client, Bucket: string): Promise<string | undefined> {
  try {
    return tagOf((await client.send(new GetBucketTaggingCommand({ Bucket }))).TagSet);
  } catch (error) {
    if (['NoSuchTagSet', 'PermanentRedirect'].includes(awsErrorName(error))) return undefined;
    throw error;
  }
}
