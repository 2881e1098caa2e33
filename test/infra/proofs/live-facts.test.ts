import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base32, seededRandom } from '#shared/kernel/index.ts';
import { Actors } from '../../live/actors.ts';
import { mostUsd } from '../../live/charter.ts';
import { removeAll } from '../../live/cleanup.ts';
import { type Clients, clientsOf, destroyAll } from '../../live/clients.ts';
import { establish, OPERATOR } from '../../live/facts/fact.ts';
import { FACTS } from '../../live/facts/index.ts';
import { checkIdentity, chosenGround, type Ground } from '../../live/guards.ts';
import { makeAll } from '../../live/make.ts';
import { makeKey } from '../../live/resources/keys.ts';
import { emptyTables, suiteTables } from '../../live/resources/tables.ts';
import { type LiveRun, TAG } from '../../live/run.ts';
import { Judge } from '../../live/stand-in/judge.ts';
import { AT_ONCE } from '../../support/aws/dynamo-ledger.ts';
import { type DynamoFront, startDynamoFront } from '../../support/aws/dynamodb/front.ts';
import { describeOnMoto } from '../../support/aws/moto.ts';
import { definitionsOf } from '../../support/aws/tables.ts';

const [LIVE, DEPLOY] = ['live', 'deploy'].map((name) =>
  readFileSync(`docs/${name}.md`, 'utf8'),
) as [string, string];
const ENV = { WRIT_AWS_LIVE: '1', WRIT_LIVE_ACCOUNT: '111122223333', AWS_REGION: 'eu-central-1' };
const DEV = { environments: [{ name: 'dev', region: 'eu-central-1', account: '111122223333' }] };

describe('a run on a real account', () => {
  it('starts in the account and region that the operator names', () => {
    expect(chosenGround(ENV, DEV)).toEqual({ account: '111122223333', region: 'eu-central-1' });
  });

  it.each<[object, object, string]>([
    [{ WRIT_AWS_LIVE: undefined }, DEV, 'WRIT_AWS_LIVE is not set; it has to be "1"'],
    [
      { WRIT_LIVE_ACCOUNT: undefined },
      DEV,
      "WRIT_LIVE_ACCOUNT is not set; it has to be the account's 12 digits",
    ],
    [{ WRIT_LIVE_ACCOUNT: '11112222333' }, DEV, 'WRIT_LIVE_ACCOUNT is "11112222333"'],
    [{ AWS_REGION: '' }, DEV, 'AWS_REGION is not set'],
    [{ AWS_REGION: 'cn-north-1' }, DEV, 'ARNs of its partition are not made here'],
    [
      {},
      { ...DEV, productionAccounts: ['111122223333'] },
      'account 111122223333 is a production account of infra/config.ts',
    ],
    [
      {},
      { environments: [{ name: 'prod', region: 'eu-central-1', account: '111122223333' }] },
      'is a production account',
    ],
    [
      {},
      {
        environments: [
          {
            name: 'prod',
            region: 'eu-central-1',
            account: '333344445555',
            archive: { account: '111122223333' },
          },
        ],
      },
      'is a production account',
    ],
  ])('is refused with %j and %j: %s', (more, configuration, reason) => {
    expect(() => chosenGround({ ...ENV, ...more }, configuration)).toThrow(reason);
  });

  it('is refused when the credentials are of another account, or of the root user', () => {
    const ground = { account: '111122223333', region: 'eu-central-1' };

    expect(() =>
      checkIdentity(ground, { Account: '444455556666', Arn: 'arn:aws:iam::444455556666:user/a' }),
    ).toThrow('of account 444455556666');
    expect(() =>
      checkIdentity(ground, { Account: '111122223333', Arn: 'arn:aws:iam::111122223333:root' }),
    ).toThrow('root user');
    checkIdentity(ground, { Account: '111122223333', Arn: 'arn:aws:iam::111122223333:user/a' });
  });

  it('is refused in words, as the command says it, when there are no credentials that AWS takes', () => {
    const nowhere = {
      HOME: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
      PATH: process.env.PATH,
      ...ENV,
    };

    const { status, stdout, stderr } = spawnSync(process.execPath, ['test/live/main.ts'], {
      env: nowhere,
      encoding: 'utf8',
    });

    expect([status, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(
      /^refused to start:\n {2}- AWS does not say whose the credentials are \(CredentialsProviderError\); [^\n]+\n$/,
    );
  });

  it('asks again after a trouble that passes, and not after one that does not', async () => {
    const front = await startDynamoFront();
    const { dynamodb, ...others } = clientsOf({
      region: ENV.AWS_REGION,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      endpoint: front.url,
    });

    const tables = suiteTables({ prefix: 'writ-live-test' });

    await front.createTables(...definitionsOf(tables));
    front.readFaults = (nth) => ([{ kind: 'throttled' }, { kind: 'lost' }] as const)[nth - 1];
    expect(
      await dynamodb.send(new ScanCommand({ TableName: tables.state, ConsistentRead: true })),
    ).toMatchObject({ Count: 0 });
    expect(front.count('Scan')).toBe(3);
    await expect(
      dynamodb.send(new ScanCommand({ TableName: 'none', ConsistentRead: true })),
    ).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });

    expect(front.count('Scan')).toBe(4);
    destroyAll({ dynamodb, ...others });
    await front.close();
  });

  it('costs what docs/live.md says at most', () => {
    expect(LIVE).toContain(`less than about ${mostUsd()} USD`);
  });

  it('tries the facts that docs/live.md and docs/deploy.md say', () => {
    for (const { name } of FACTS) expect(LIVE).toContain(`\`${name}\``);

    const section = DEPLOY.slice(DEPLOY.indexOf('## 15.'), DEPLOY.indexOf('## 16.'));
    const tried = Array.from(
      section.matchAll(/\| ((?:`[a-z-]+`(?:, )?)+)[^|]*\|$/gm),
      ([, names = '']) => names.match(/[a-z-]+/g) ?? [],
    ).flat();

    expect(new Set(FACTS.map(({ name }) => name))).toEqual(
      new Set([...tried, 'forms', 'answers', 'insert-only']),
    );
  });
});

/**
 * Writes down the actions behind the calls of some clients, which are mostly called like the calls.
 */
function actionsOf(clients: Clients): ReadonlySet<string> {
  const asked = new Set<string>([
    'iam:TagPolicy',
    'iam:TagRole',
    'kms:TagResource',
    'sts:AssumeRole',
  ]); // with what is made; by the facts

  for (const [client, { middlewareStack }] of Object.entries(clients) as [
    string,
    Clients['sqs'],
  ][]) {
    const service = client === 'secrets' ? 'secretsmanager' : client;

    middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) => {
          asked.add(
            `${service}:${commandName.replace(/Command$/, '').replace(/^ListBuckets$/, 'ListAllMyBuckets')}`,
          );
          return next(args);
        },
      { step: 'initialize', priority: 'low' },
    );
  }

  return asked;
}

/** Whether the policy in docs/live.md has the action, over whichever resources. */
function isAllowedToOperator(action: string): boolean {
  const [, text = ''] = /```json\n([\s\S]*?)```/.exec(LIVE) ?? [];
  const { Statement } = JSON.parse(text) as { Statement: { Action: string | string[] }[] };
  const granted = Statement.flatMap(({ Action }) => Action);
  return granted.includes(action) || granted.includes(`${action.split(':')[0]}:*`);
}

const newId = (seed: string) => base32(seededRandom(seed).bytes(5));

await describeOnMoto('the rehearsal of a run on a real account', (aws) => {
  const ground: Ground = { account: '123456789012', region: aws.region };
  const judge = new Judge(ground);
  let front: DynamoFront;
  let operator: Clients;
  let run: LiveRun;
  let actors: Actors;

  /** Everything is on moto but DynamoDB, which is the front; before both stands the judge. */
  function clientsHere(dynamodb: string): Clients {
    const clients = clientsOf(aws);
    clients.dynamodb.destroy();
    return { ...clients, dynamodb: clientsOf({ ...aws, endpoint: dynamodb }).dynamodb };
  }

  beforeAll(async () => {
    front = await startDynamoFront();
    operator = clientsHere(front.url);
    judge.watch(operator);
    run = await makeAll(operator, ground, newId('facts'), AT_ONCE, () => {});
    actors = new Actors(run, operator, aws, AT_ONCE);
  });

  afterAll(async () => {
    await actors?.close();
    destroyAll(operator);
    await front.close();
  });

  const guarded = new Map<string, Clients>();

  async function clientsFor(by: string): Promise<Clients> {
    const known = guarded.get(by) ?? (by === OPERATOR ? operator : undefined);
    if (known !== undefined) return known;
    const clients = { ...(await actors.clientsOf(by)), dynamodb: clientsHere(front.url).dynamodb };
    judge.guard(clients, by, run.names.function(by));
    guarded.set(by, clients);
    return clients;
  }

  it.each(FACTS)('expects of $name what our evaluator and our stand-ins say', async (fact) => {
    const rows = await establish(fact, run, clientsFor, AT_ONCE, 1);
    expect(rows.filter(({ agrees }) => !agrees)).toEqual([]);
  });

  it('denies each call for the reason that the fact is about', () => {
    expect(judge.denials).toMatchInlineSnapshot(`
      [
        "invoice-approval.pay ExecuteTransactionCommand: dynamodb:PartiQLInsert identity allows it nowhere",
        "invoice-approval.pay ExecuteTransactionCommand: dynamodb:PartiQLUpdate identity allows it nowhere",
        "invoice-approval.pay ExecuteStatementCommand: dynamodb:PartiQLInsert identity allows it nowhere",
        "invoice-approval.pay ExecuteTransactionCommand: dynamodb:PartiQLUpdate identity allows it nowhere",
        "invoice-approval.pay ExecuteTransactionCommand: dynamodb:PartiQLUpdate identity allows it nowhere",
        "invoice-approval.pay ExecuteTransactionCommand: dynamodb:PartiQLUpdate identity allows it nowhere",
        "invoice-approval.pay ExecuteTransactionCommand: dynamodb:PartiQLSelect identity allows it nowhere",
        "invoice-approval.timers QueryCommand: dynamodb:Query identity allows it nowhere",
        "invoice-approval.timers QueryCommand: dynamodb:Query identity allows it nowhere",
        "invoice-approval.timers QueryCommand: dynamodb:Query identity allows it nowhere",
        "invoice-approval.timers ScanCommand: dynamodb:Scan identity allows it nowhere",
        "invoice-approval.pay PutItemCommand: dynamodb:PutItem resourcePolicy NobodyChangesEntries",
        "administrator BatchGetItemCommand: dynamodb:BatchGetItem resourcePolicy OnlyFunctionsTouchIt",
        "administrator ExecuteTransactionCommand: dynamodb:PartiQLInsert resourcePolicy OnlyFunctionsTouchIt",
        "administrator ExecuteTransactionCommand: dynamodb:PartiQLInsert resourcePolicy OnlyWritersAppend",
        "administrator ExecuteTransactionCommand: dynamodb:PartiQLUpdate resourcePolicy NobodyChangesEntries",
        "administrator ExecuteTransactionCommand: dynamodb:PartiQLDelete resourcePolicy NobodyChangesEntries",
        "administrator PutItemCommand: dynamodb:PutItem resourcePolicy NobodyChangesEntries",
        "administrator UpdateItemCommand: dynamodb:UpdateItem resourcePolicy NobodyChangesEntries",
        "administrator DeleteItemCommand: dynamodb:DeleteItem resourcePolicy NobodyChangesEntries",
        "administrator BatchWriteItemCommand: dynamodb:BatchWriteItem resourcePolicy NobodyChangesEntries",
        "administrator TransactWriteItemsCommand: dynamodb:DeleteItem resourcePolicy NobodyChangesEntries",
        "invoice-approval.pay DecryptCommand: kms:Decrypt identity allows it nowhere",
        "invoice-approval.pay DecryptCommand: kms:Decrypt identity allows it nowhere",
        "administrator DecryptCommand: kms:Decrypt resourcePolicy OnlyFunctionsUseIt",
        "administrator GenerateDataKeyCommand: kms:GenerateDataKey resourcePolicy OnlyFunctionsUseIt",
        "administrator GetSecretValueCommand: secretsmanager:GetSecretValue resourcePolicy OnlyItsFunctionReads",
        "administrator SendMessageCommand: sqs:SendMessage resourcePolicy OnlySendersSend",
        "administrator PurgeQueueCommand: sqs:PurgeQueue resourcePolicy NobodyEmpties",
        "administrator SetQueueAttributesCommand: sqs:SetQueueAttributes resourcePolicy OnlyDeploymentChanges",
        "administrator PurgeQueueCommand: sqs:PurgeQueue resourcePolicy NobodyEmpties",
        "log.sequencer PutObjectCommand: s3:PutObject resourcePolicy EachKeyOnce",
        "administrator PutObjectCommand: s3:PutObject resourcePolicy OnlySequencerPuts",
      ]
    `);
  });

  it('takes away everything that was made, and nothing of another run or of anybody else', async () => {
    const clients = clientsOf(aws); // tables, too: moto lists them by name and tag

    new Judge(ground).watch(clients);

    const asked = actionsOf(clients);
    const [mine, other] = [newId('mine'), newId('other')];
    const made = await makeAll(clients, ground, mine, AT_ONCE, () => {});
    const tables = suiteTables(made);

    for (let n = 0; n < 30; n++) {
      const Item = { pk: { S: `d${n}` }, sk: { S: 'now' } };
      await clients.dynamodb.send(new PutItemCommand({ TableName: tables.state, Item }));
    }

    await emptyTables(clients, tables, AT_ONCE);
    expect(
      (await clients.dynamodb.send(new ScanCommand({ TableName: tables.state }))).Items,
    ).toEqual([]);
    await makeKey(clients, other);
    await clients.sqs.send(new CreateQueueCommand({ QueueName: `writ-live-${mine}_untagged` }));
    await clients.sqs.send(
      new CreateQueueCommand({ QueueName: 'somebodys', tags: { [TAG]: mine } }),
    );

    const { removed, left } = await removeAll(clients, { id: mine }, AT_ONCE);

    expect(left).toEqual([]);

    const told = removed.map((what) =>
      what.replaceAll(mine, 'ID').replace(made.dataKey.split('/')[1] ?? '', 'KEY'),
    );

    expect(told.sort()).toMatchInlineSnapshot(`
      [
        "bucket writ-live-ID-archive-123456789012",
        "key KEY (gone in 7 days)",
        "policy writ-live-ID-boundary",
        "queue writ-live-ID_invoice-approval_pay",
        "queue writ-live-ID_invoice-approval_pay_dead",
        "role writ-live-ID_administrator",
        "role writ-live-ID_invoice-approval_intake",
        "role writ-live-ID_invoice-approval_pay",
        "role writ-live-ID_invoice-approval_timers",
        "role writ-live-ID_keys_mint",
        "role writ-live-ID_log_sequencer",
        "role writ-live-ID_vendor_bank",
        "secret writ-live-ID/vendor.bank/bank-api-token",
        "table writ-live-ID-keys",
        "table writ-live-ID-state",
        "table writ-live-ID-suite-keys",
        "table writ-live-ID-suite-state",
        "table writ-live-ID-suite-trail",
        "table writ-live-ID-trail",
      ]
    `);

    expect((await removeAll(clients, { id: mine }, AT_ONCE)).removed).toEqual([]);
    // what is left are the runs of this file, the other and the one of the facts, but for its
    // tables, which are not on moto
    expect(
      (await removeAll(clients, 'every run', AT_ONCE)).removed.filter((what) =>
        what.startsWith('key'),
      ),
    ).toHaveLength(2);

    expect(
      (await clients.sqs.send(new ListQueuesCommand({}))).QueueUrls?.map((url) =>
        url.split('/').at(-1)?.replace(mine, 'ID'),
      ).sort(),
    ).toEqual(['somebodys', 'writ-live-ID_untagged']);

    destroyAll(clients);
    expect([...asked].filter((action) => !isAllowedToOperator(action))).toEqual([]);
    expect([...asked].length).toBeGreaterThan(30);
  });

  it('goes on when something cannot be taken away, and says what to do', async () => {
    const clients = clientsOf({ ...aws, region: `${aws.region}x` });
    const id = newId('stuck');
    const { sqs } = clients;

    for (const name of ['a', 'b'])
      await sqs.send(
        new CreateQueueCommand({ QueueName: `writ-live-${id}_${name}`, tags: { [TAG]: id } }),
      );

    sqs.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName === 'DeleteQueueCommand' && JSON.stringify(args.input).endsWith('_a"}')) {
            throw Object.assign(new Error(), { name: 'AccessDenied' });
          }
          return next(args);
        },
      { step: 'initialize' },
    );

    const { removed, left } = await removeAll(clients, { id }, AT_ONCE);

    expect(removed).toEqual([`queue writ-live-${id}_b`]);
    expect(left).toEqual([
      expect.stringMatching(
        `^queue writ-live-${id}_a \\(AccessDenied\\): aws sqs delete-queue --queue-url http.*_a$`,
      ),
    ]);

    destroyAll(clients);
  });
});
