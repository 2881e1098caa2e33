import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { WorkbenchBase, WorkbenchStore } from '#functions/wiring/workbench.ts';
import type { EntryDraft } from '#shared/audit/index.ts';
import { kmsClient, kmsKeys } from '#shared/crypto/adapters/kms.ts';
import {
  SecretsManagerVault,
  secretsManagerClient,
} from '#shared/crypto/adapters/secrets-manager.ts';
import {
  type Clock,
  isWritError,
  type Random,
  silentMetrics,
  systemRandom,
  type Timers,
} from '#shared/kernel/index.ts';
import { DynamoLedger, dynamoClient } from '#shared/ledger/adapters/dynamodb/ledger.ts';
import { DynamoTrail } from '#shared/ledger/adapters/dynamodb/trail.ts';
import { MemoryQueues } from '#shared/ledger/adapters/sqlite/queues.ts';
import type { Commit, Ledger, MessageSender, WriterIdentity } from '#shared/ledger/index.ts';
import { AT_ONCE, TABLES } from './dynamo-ledger.ts';
import { type DynamoFront, startDynamoFront } from './dynamodb/front.ts';
import { FakeKms } from './fakes/kms.ts';
import { FakeSecretsManager } from './fakes/secrets-manager.ts';
import { definitionsOf } from './tables.ts';

export interface AwsBaseOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** @default - the machine's */
  readonly random?: Random;
  /** Takes the messages. @default - they go to the queues of the store */
  readonly sender?: MessageSender;
}

/**
 * A workbench's base on the adapters of AWS: DynamoDB is the front, KMS and Secrets Manager are
 * fakes of their protocols.
 */
export interface AwsBase extends WorkbenchBase {
  readonly front: DynamoFront;
  readonly kms: FakeKms;
}

/** An empty one. Closing its store closes all of it. */
export async function openAwsBase(options: AwsBaseOptions): Promise<AwsBase> {
  const { clock, random = systemRandom() } = options;
  const front = await startDynamoFront({ clock });

  await front.createTables(...definitionsOf(TABLES));

  const [kms, secrets] = [new FakeKms(), new FakeSecretsManager()];

  await Promise.all([kms.listen(), secrets.listen()]);

  const clients = {
    kms: kmsClient(kms.clientConfig),
    secrets: secretsManagerClient(secrets.clientConfig),
  };

  const close = async () => {
    for (const client of Object.values(clients)) client.destroy();
    await Promise.all([kms.close(), secrets.close()]);
    await front.close();
  };

  return {
    front,
    kms,
    store: new AwsStore(front, { ...options, random }, close),
    keys: kmsKeys({ client: clients.kms, keyId: kms.createKey() }),
    vault: vaultOf(secrets, clients.secrets, clock),
  };
}

function vaultOf(
  fake: FakeSecretsManager,
  client: SecretsManagerClient,
  clock: Clock,
): AwsBase['vault'] {
  const vault = new SecretsManagerVault({ client, secretId: (name) => name, clock });
  return {
    get: (name, options) => vault.get(name, options),
    async put(name, value) {
      fake.put(name, value);
    },
  };
}

/** Ledgers on DynamoDB. Messages wait in memory, with the semantics the embedded queues have. */
class AwsStore implements WorkbenchStore {
  readonly queues: MemoryQueues;
  readonly #options: ConstructorParameters<typeof DynamoLedger>[1];
  readonly #trail: DynamoTrail;
  readonly #counts = { commits: 0, entries: 0, conflicts: 0 };
  readonly #close: () => Promise<void>;
  #closed: Promise<void> | undefined;

  constructor(
    front: DynamoFront,
    { clock, timers, random, sender }: AwsBaseOptions & { readonly random: Random },
    close: () => Promise<void>,
  ) {
    let ids = 0;

    this.queues = new MemoryQueues(
      {
        delete() {},
        move: (id, message) =>
          setImmediate(() => this.queues.arrive({ id, message, visibleAt: clock.now() })),
      },
      clock,
      timers,
    );

    const toQueues: MessageSender = {
      send: async (messages) => {
        for (const message of messages)
          this.queues.publish({
            id: ++ids,
            message,
            visibleAt: clock.now() + (message.delayMs ?? 0),
          });
      },
    };

    const client = dynamoClient({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      endpoint: front.url,
      requestHandler: front.requestHandler,
    });

    const base = { client, tables: TABLES, random, timers: AT_ONCE, metrics: silentMetrics };

    this.#options = { ...base, clock: ticking(clock), sender: sender ?? toQueues };
    this.#trail = new DynamoTrail(this.#options);
    this.#close = close;
  }

  ledger(identity: WriterIdentity): Ledger {
    const ledger = new DynamoLedger(identity, this.#options);
    return {
      identity,
      commit: (commit) =>
        this.#counted(ledger, identity.name === 'automations' ? promotion(commit) : commit),
      read: (targets) => ledger.read(targets),
      query: (query) => ledger.query(query),
      send: (messages) => ledger.send(messages),
    };
  }

  counts() {
    return { ...this.#counts };
  }

  ofRun(...[run, page]: Parameters<DynamoTrail['ofRun']>) {
    return this.#trail.ofRun(run, page);
  }

  all() {
    return this.#trail.all();
  }

  standing() {
    return this.#trail.standing();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #counted(ledger: Ledger, commit: Commit) {
    try {
      const committed = await ledger.commit(commit);
      this.#counts.commits++;
      this.#counts.entries += commit.entries.length;
      return committed;
    } catch (error) {
      if (isWritError(error, 'ledger.conflict')) this.#counts.conflicts++;
      throw error;
    }
  }
}

/**
 * Never twice the same time: entries of one millisecond by several writers have no order in the
 * cloud, and tests look at it.
 */
function ticking(clock: Clock): Clock {
  let last = 0;
  return {
    now() {
      last = Math.max(last + 1, clock.now());
      return last;
    },
  };
}

/**
 * A ledger in the cloud refuses to set a rollout without evidence. What a test wants there is a
 * rollout that a promotion has brought about; the action of a promotion, which the catalogue does
 * not have yet, is stood for by one that it has.
 */
function promotion(commit: Commit): Commit {
  const [first, ...others] = commit.entries.map(
    (entry): EntryDraft => ({ ...entry, action: 'record.import' }),
  );
  return first === undefined ? commit : { ...commit, entries: [first, ...others] };
}
