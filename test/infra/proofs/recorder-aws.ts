import type { KMSClient } from '@aws-sdk/client-kms';
import type { LambdaClient, LambdaClientConfig } from '@aws-sdk/client-lambda';
import { resourceNames } from '#functions/wiring/names.ts';
import type { Settings } from '#functions/wiring/settings.ts';
import { kmsClient, kmsKeys } from '#shared/crypto/adapters/kms.ts';
import {
  SecretsManagerVault,
  secretsManagerClient,
} from '#shared/crypto/adapters/secrets-manager.ts';
import { type KeyService, type SecretVault, WorkspaceKeys } from '#shared/crypto/index.ts';
import type { EnginePorts, VendorKind } from '#shared/engine/index.ts';
import { seededRandom, silentLog, silentMetrics } from '#shared/kernel/index.ts';
import { DynamoLedger, dynamoClient } from '#shared/ledger/adapters/dynamodb/ledger.ts';
import { DynamoTrail } from '#shared/ledger/adapters/dynamodb/trail.ts';
import { SqsSender, sqsClient } from '#shared/ledger/adapters/sqs/sender.ts';
import type { TrailReader } from '#shared/ledger/index.ts';
import { LambdaGateway, lambdaClient } from '#shared/vendors/adapters/lambda-gateway.ts';
import type { ManualTimers } from '../../contracts/manual-timers.ts';
import { AT_ONCE, BUNDLE } from '../../support/aws/dynamo-ledger.ts';
import { type DynamoFront, startDynamoFront } from '../../support/aws/dynamodb/front.ts';
import { FakeKms } from '../../support/aws/fakes/kms.ts';
import { FakeLambda, running } from '../../support/aws/fakes/lambda.ts';
import { FakeSecretsManager } from '../../support/aws/fakes/secrets-manager.ts';
import { definitionsOf } from '../../support/aws/tables.ts';
import type { Client } from './recorder.ts';
import { RecordedQueues } from './recorder-queues.ts';

const credentials = { accessKeyId: 'AKIAFAKEFAKEFAKEFAKE', secretAccessKey: 'not-a-secret' };

/**
 * To stand-ins behind a socket: no limit by the machine's clock, no connection that could be dead
 * when it is used again.
 */
const requestHandler = { httpAgent: { keepAlive: false } };

/** A function that others call. */
interface Invocable {
  readonly kind: VendorKind;
  invoke(event: never): Promise<unknown>;
}

/** What is made of a client before anything is sent with it. */
export type Watch = <C extends Client>(client: C) => Pick<C, 'send'>;

/** What is in the environment. */
interface Contents {
  /** Functions that have a queue. */
  readonly queues: readonly string[];
  /** Values of secrets, by the function they belong to and their names. */
  readonly secrets: readonly (readonly [fn: string, secret: string, value: string])[];
  /** Functions of vendors, by the names of the vendors. */
  readonly vendors: ReadonlyMap<string, Invocable>;
}

/**
 * An environment with stand-ins for the services of AWS, each thing under the name that deployments
 * give it: a function that asks for another finds nothing. Ports are made as
 * `functions/wiring/aws.ts` makes them, but for the clock and chance.
 */
export class RecordedAws {
  readonly front: DynamoFront;
  readonly secrets = new FakeSecretsManager();
  readonly sqs: RecordedQueues;
  readonly trail: TrailReader;
  readonly #settings: Settings;
  readonly #names;
  readonly #timers: ManualTimers;
  readonly #random = seededRandom('enough');
  readonly #vendors: Contents['vendors'];
  readonly #kms = new FakeKms();
  readonly #key = this.#kms.createKey();
  readonly #lambda: FakeLambda;
  /** Functions that can be called, by the names they have on AWS. */
  readonly #functions: Map<string, (event: never) => Promise<unknown>>;

  static async open(
    settings: Settings,
    contents: Contents,
    timers: ManualTimers,
  ): Promise<RecordedAws> {
    const aws = new RecordedAws(
      settings,
      contents,
      timers,
      await startDynamoFront({ clock: timers }),
    );

    await aws.front.createTables(...definitionsOf(aws.#names.tables));
    for (const service of [aws.#kms, aws.secrets]) await service.listen();

    await aws.#lambda.open();

    return aws;
  }

  private constructor(
    settings: Settings,
    { queues, secrets, vendors }: Contents,
    timers: ManualTimers,
    front: DynamoFront,
  ) {
    this.#settings = settings;
    this.#names = resourceNames(settings.prefix);
    this.#timers = timers;
    this.#vendors = vendors;
    this.front = front;
    this.sqs = new RecordedQueues(new Map(queues.map((fn) => [this.#urlOf(fn), fn])), timers);

    for (const [fn, secret, value] of secrets)
      this.secrets.put(this.#names.secret(fn, secret), value);

    this.#functions = new Map(
      [...vendors].map(([name, { invoke }]) => [this.#names.function(`vendor.${name}`), invoke]),
    );
    this.#lambda = new FakeLambda(running(this.#functions));
    this.trail = new DynamoTrail(this.#reading((client) => client));
  }

  /** Ports of a function, its clients its own. */
  ports(name: string, watch: Watch): EnginePorts {
    return {
      ledger: new DynamoLedger(
        { name, bundle: BUNDLE },
        { ...this.#reading(watch), sender: this.#sender(watch), clock: this.#timers },
      ),
      keys: new WorkspaceKeys(this.keys(watch), this.#timers),
      vault: this.vault(name, watch),
      vendors: this.#gateway(watch),
      clock: this.#timers,
      timers: this.#timers,
      random: this.#random,
      log: silentLog,
      metrics: silentMetrics,
    };
  }

  /** Has a function of the environment be called. */
  has(fn: string, invoke: (event: never) => Promise<unknown>): void {
    this.#functions.set(this.#names.function(fn), invoke);
  }

  /** A client of Lambda, as the wiring makes it. */
  caller(
    make: (config: LambdaClientConfig) => LambdaClient,
    watch: Watch,
  ): Pick<LambdaClient, 'send'> {
    return watch(
      make({ ...this.#lambda.clientConfig, region: this.#settings.region, requestHandler }),
    );
  }

  /** What reads the trail for one function. */
  trailOf(watch: Watch): TrailReader {
    return new DynamoTrail(this.#reading(watch));
  }

  keys(watch: Watch): KeyService {
    return kmsKeys({ client: watch(this.#kmsClient()), keyId: this.#settings.dataKey });
  }

  vault(name: string, watch: Watch): SecretVault {
    const { region } = this.#settings;
    const client = watch(
      secretsManagerClient({ ...this.secrets.clientConfig, region, requestHandler }),
    );

    return new SecretsManagerVault({
      client,
      secretId: (own) => this.#names.secret(name, own),
      clock: this.#timers,
    });
  }

  async close(): Promise<void> {
    this.#lambda.close();
    await Promise.all([this.#kms.close(), this.secrets.close()]);
    await this.front.close(); // the last one: it throws what went wrong in it
  }

  #reading(watch: Watch) {
    const { region } = this.#settings;
    return {
      client: watch(
        dynamoClient({ region, credentials, requestHandler: this.front.requestHandler }),
      ),
      tables: this.#names.tables,
      random: this.#random,
      timers: AT_ONCE,
      metrics: silentMetrics,
    };
  }

  /**
   * The stand-in knows its one key by an id of its own; requests name it by the ARN until they
   * leave.
   */
  #kmsClient(): KMSClient {
    const { region, dataKey } = this.#settings;
    const client = kmsClient({ ...this.#kms.clientConfig, region, requestHandler });
    const KeyId = this.#key;

    client.middlewareStack.add(
      (next) => (args) => {
        const input = args.input as { readonly KeyId?: string };
        return next({
          ...args,
          input: (input.KeyId === dataKey ? { ...input, KeyId } : input) as typeof args.input,
        });
      },
      { step: 'initialize' },
    );

    return client;
  }

  #urlOf(fn: string): string {
    return this.#names.queueUrl(fn, this.#settings);
  }

  #sender(watch: Watch): SqsSender {
    const { region } = this.#settings;
    const client = watch(
      sqsClient({ region, credentials, requestHandler: this.sqs.requestHandler }),
    );

    return new SqsSender({
      client,
      urlOf: (fn) => this.#urlOf(fn),
      timers: AT_ONCE,
      random: this.#random,
    });
  }

  #gateway(watch: Watch): LambdaGateway {
    const { region } = this.#settings;
    const vendors = [...this.#vendors].map(
      ([name, { kind }]) =>
        [name, { kind, function: this.#names.function(`vendor.${name}`) }] as const,
    );

    return new LambdaGateway({
      client: watch(lambdaClient({ ...this.#lambda.clientConfig, region, requestHandler })),
      vendors: new Map(vendors),
    });
  }
}
