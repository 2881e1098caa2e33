import { randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { resourceNames } from '#functions/wiring/names.ts';
import type { FunctionName } from '#infra/naming/names.ts';
import { kmsClient, kmsKeys } from '#shared/crypto/adapters/kms.ts';
import { WorkspaceKeys } from '#shared/crypto/index.ts';
import type { EnginePorts } from '#shared/engine/index.ts';
import {
  silentLog,
  silentMetrics,
  systemClock,
  systemRandom,
  systemTimers,
  waitingTimers,
} from '#shared/kernel/index.ts';
import { DynamoLedger, dynamoClient } from '#shared/ledger/adapters/dynamodb/ledger.ts';
import { DynamoTrail } from '#shared/ledger/adapters/dynamodb/trail.ts';
import { SqsSender, sqsClient } from '#shared/ledger/adapters/sqs/sender.ts';
import { inProcessGateway } from '#shared/vendors/adapters/in-process-gateway.ts';
import { startDynamoFront } from '../support/aws/dynamodb/front.ts';
import type { MotoClientConfig } from '../support/aws/moto.ts';
import { definitionsOf } from '../support/aws/tables.ts';
import { ACCOUNT, known, testEnvironment } from './environment.ts';
import { Functions, type FunctionsOptions } from './functions.ts';
import { TestQueues } from './queues.ts';

/** An account in miniature, with one environment of Writ in it. */
export type Cloud = Awaited<ReturnType<typeof openCloud>>;

/**
 * Makes the tables, queues and key of an environment under the names that the templates give them,
 * and deploys every function that is deployed, as its template has it.
 *
 * DynamoDB is the front, SQS, KMS and Secrets Manager are moto, Lambda's Invoke is a fake that
 * hands invocations to functions. Nobody checks here what a role allows.
 */
export async function openCloud(moto: MotoClientConfig, options: FunctionsOptions) {
  // one for itself in moto, and of the form that a region has
  const region = `eu-${lettersOf(randomBytes(6))}-1`;
  const config = { ...moto, region };
  const [sqs, kms, secrets] = [
    new SQSClient(config),
    new KMSClient(config),
    new SecretsManagerClient(config),
  ];

  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const environment = await testEnvironment(options.built, region, KeyMetadata?.Arn ?? '');
  const { names, arns } = environment;
  const { tables, queueUrl } = resourceNames(names.prefix);
  const front = await startDynamoFront();

  await front.createTables(...definitionsOf(tables));

  const functions = new Functions(environment, options);
  const queues = await TestQueues.open(sqs, environment, options.built, functions);
  const { endpoint } = moto;

  await functions.open({
    dynamodb: front.url,
    sqs: endpoint,
    kms: endpoint,
    secretsmanager: endpoint,
  });

  const client = dynamoClient({ ...config, endpoint: front.url });

  const base = {
    client,
    tables,
    timers: waitingTimers,
    random: systemRandom(),
    metrics: silentMetrics,
  };

  const service = kmsKeys({ client: kmsClient(config), keyId: arns.dataKey });
  const urlOf = (fn: FunctionName) => queueUrl(fn, { region, account: ACCOUNT });

  const sender = new SqsSender({
    client: sqsClient(config),
    urlOf,
    timers: waitingTimers,
    random: base.random,
  });

  const hashes = new Map(options.built.map(({ name, sha256 }) => [name, sha256]));

  const portsOf = (fn: FunctionName): EnginePorts => ({
    ledger: new DynamoLedger(
      { name: fn, bundle: known(hashes, fn) },
      { ...base, sender, clock: systemClock },
    ),
    keys: new WorkspaceKeys(service, systemClock),
    vault: { get: () => Promise.reject(new Error(`${fn} has no secrets`)) },
    vendors: inProcessGateway(new Map()),
    clock: systemClock,
    timers: systemTimers,
    random: base.random,
    log: silentLog,
    metrics: silentMetrics,
  });

  return {
    environment,
    front,
    functions,
    queues,
    trail: new DynamoTrail(base),
    ledgerOf: (fn: FunctionName) => portsOf(fn).ledger,
    portsOf,
    /**
     * What a function of the platform can do without the API. It is for one machine, and no Lambda
     * function does it: the bundle is connected in the test's own process, to the same services.
     */
    async platform<Operations>(fn: FunctionName): Promise<Operations> {
      const { operations } = await import(
        pathToFileURL(`${functions.folderOf(fn)}/index.mjs`).href
      );
      return operations.connect(portsOf(fn), service);
    },
    /** Makes a secret of a function, or a new version of it, which is the current one at once. */
    async putSecret(fn: FunctionName, secret: string, value: string): Promise<void> {
      const Name = names.secret(fn, secret);
      await secrets
        .send(new PutSecretValueCommand({ SecretId: Name, SecretString: value }))
        .catch((error: Error) => {
          if (error.name !== 'ResourceNotFoundException') throw error;
          return secrets.send(new CreateSecretCommand({ Name, SecretString: value }));
        });
    },
    /** After the functions were stopped. */
    async close(): Promise<void> {
      for (const each of [sqs, kms, secrets, client]) each.destroy();
      await front.close();
    },
  };
}

const lettersOf = (bytes: Uint8Array) =>
  [...bytes].map((byte) => String.fromCharCode(97 + (byte % 26))).join('');
