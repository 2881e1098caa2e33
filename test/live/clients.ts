import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IAMClient } from '@aws-sdk/client-iam';
import type { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { kmsClient } from '#shared/crypto/adapters/kms.ts';
import { secretsManagerClient } from '#shared/crypto/adapters/secrets-manager.ts';
import { AWS_CLIENT } from '#shared/kernel/adapters/aws-client.ts';
import { isTransient } from '#shared/kernel/adapters/aws-errors.ts';
import { backoff, systemRandom, waitingTimers } from '#shared/kernel/index.ts';
import { dynamoClient } from '#shared/ledger/adapters/dynamodb/ledger.ts';
import { sqsClient } from '#shared/ledger/adapters/sqs/sender.ts';

/** A client for each service, all with the credentials of one identity. */
export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly iam: IAMClient;
  readonly kms: KMSClient;
  readonly s3: S3Client;
  readonly secrets: SecretsManagerClient;
  readonly sqs: SQSClient;
  readonly sts: STSClient;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Whose clients, and where. What is left out is found as the SDK finds it: endpoints too
 * (`AWS_ENDPOINT_URL_…`).
 */
export interface ClientConfig {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: Credentials;
}

/**
 * The adapters' own clients where there are some, so that what is tried is what is deployed. After
 * a passing trouble each asks again: the SDK's do by themselves, those of DynamoDB and SQS, which
 * the adapters have make one attempt, by {@link persistent}.
 */
export function clientsOf(config: ClientConfig): Clients {
  const longer = {
    ...config,
    maxAttempts: ATTEMPTS.attempts,
    requestHandler: { ...AWS_CLIENT.requestHandler, requestTimeout: 30_000, socketTimeout: 30_000 },
  };
  return {
    dynamodb: persistent(dynamoClient(longer)),
    iam: new IAMClient({ ...longer }),
    kms: kmsClient(longer),
    // a bucket's name is no name of a host where a stand-in answers
    s3: new S3Client({ ...longer, forcePathStyle: true }),
    secrets: secretsManagerClient(longer),
    sqs: persistent(sqsClient(longer)),
    sts: new STSClient({ ...longer }),
  };
}

const ATTEMPTS = { attempts: 5, baseMs: 100, capMs: 5_000 };

/**
 * Has a client of one attempt make a request again where trouble may pass. No number of a writer
 * depends on it here.
 */
function persistent<C extends DynamoDBClient | SQSClient>(client: C): C {
  const { middlewareStack } = client as SQSClient;

  middlewareStack.add(
    (next) => async (args) => {
      const wait = backoff(ATTEMPTS, waitingTimers, systemRandom());
      for (;;) {
        try {
          return await next(args);
        } catch (error) {
          if (!isTransient(error) || !(await wait())) throw error;
        }
      }
    },
    { step: 'initialize', name: 'persistent' },
  );

  return client;
}

export function destroyAll(clients: Clients): void {
  for (const client of Object.values(clients) as { destroy(): void }[]) client.destroy();
}
