import { describe, expect, it } from 'vitest';
import * as iam from './index.ts';
import { requestsOf, UnmappedRequestError } from './requests/sent.ts';
import { ACCOUNT, ELSEWHERE, KEY, QUEUE, ROLE } from './samples.ts';

const FUNCTION = `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:pay`;
const TABLE = `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/state`;
const KEYS = `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/keys`;
const caller: iam.Caller = { role: ROLE, region: 'eu-west-1', function: FUNCTION, session: 'pay' };

const actions = (requests: readonly iam.Request[]) => requests.map(({ action }) => action);
/** Keys beyond those that every request has. */
const own = (request: iam.Request | undefined) =>
  Object.fromEntries(
    Object.entries(request?.context ?? {}).filter(
      ([key]) => !key.startsWith('aws:') && !key.startsWith('lambda:'),
    ),
  );

describe('every request', () => {
  it('says who makes it, how, and to whom it is made', () => {
    expect(iam.call(caller, 'sqs:SendMessage', QUEUE)).toEqual({
      principal: ROLE,
      session: 'pay',
      action: 'sqs:SendMessage',
      resource: QUEUE,
      context: {
        'aws:SecureTransport': 'true',
        'aws:RequestedRegion': 'eu-central-1',
        'aws:PrincipalArn': ROLE,
        'aws:PrincipalAccount': ACCOUNT,
        'aws:PrincipalIsAWSService': 'false',
        'aws:ViaAWSService': 'false',
        'aws:ResourceAccount': ACCOUNT,
        'lambda:SourceFunctionArn': FUNCTION,
      },
    });
  });

  it('names no function when Lambda makes it with the role', () => {
    const [received] = iam.onQueue({ role: ROLE, region: 'eu-west-1' }, 'ReceiveMessage', QUEUE);
    expect(received?.context).not.toHaveProperty(['lambda:SourceFunctionArn']);
  });

  it('is to the region called, where the resource has none', () => {
    const [put] = iam.putObject(caller, { bucket: 'b', key: 'k', account: ELSEWHERE });
    expect(put?.context).toMatchObject({
      'aws:RequestedRegion': 'eu-west-1',
      'aws:ResourceAccount': ELSEWHERE,
    });
  });
});

describe('DynamoDB asks', () => {
  const run = { table: TABLE, key: 'run#1', attributes: ['pk', 'sk', 'body'] };

  it('for each statement of a transaction, and says what encloses it', () => {
    const requests = iam.executeTransaction(caller, [
      { kind: 'Update', ...run },
      { kind: 'Insert', table: KEYS, key: 'key#1' },
      { kind: 'Select', table: TABLE, key: 'decision#1' },
      { kind: 'Delete', table: TABLE, key: 'timer#1' },
    ]);

    expect(requests.map(({ action, resource }) => [action, resource])).toEqual([
      ['dynamodb:PartiQLUpdate', TABLE],
      ['dynamodb:PartiQLInsert', KEYS],
      ['dynamodb:PartiQLSelect', TABLE],
      ['dynamodb:PartiQLDelete', TABLE],
    ]);

    const enclosed = { 'dynamodb:EnclosingOperation': 'ExecuteTransaction' };

    expect(requests.map(own)).toEqual([
      {
        'dynamodb:LeadingKeys': ['run#1'],
        'dynamodb:Attributes': ['pk', 'sk', 'body'],
        ...enclosed,
      },
      { 'dynamodb:LeadingKeys': ['key#1'], ...enclosed },
      { 'dynamodb:LeadingKeys': ['decision#1'], 'dynamodb:FullTableScan': 'false', ...enclosed },
      { 'dynamodb:LeadingKeys': ['timer#1'], ...enclosed },
    ]);
  });

  it('for a statement by itself without an enclosing operation', () => {
    const [insert, all] = iam.executeStatements(caller, [
      { kind: 'Insert', ...run },
      { kind: 'Select', table: TABLE },
    ]);

    expect(own(insert)).toEqual({
      'dynamodb:LeadingKeys': ['run#1'],
      'dynamodb:Attributes': ['pk', 'sk', 'body'],
    });

    expect(own(all)).toEqual({ 'dynamodb:FullTableScan': 'true' });
  });

  it('for the items of a transaction under the names of single operations', () => {
    const requests = iam.transactWriteItems(caller, [
      { kind: 'Put', ...run },
      { kind: 'ConditionCheck', table: TABLE, key: 'decision#1' },
    ]);

    expect(actions(requests)).toEqual(['dynamodb:PutItem', 'dynamodb:ConditionCheckItem']);
    expect(own(requests[1])).toEqual({
      'dynamodb:LeadingKeys': ['decision#1'],
      'dynamodb:EnclosingOperation': 'TransactWriteItems',
    });
  });

  it.each([
    ['GetItem', iam.getItem],
    ['PutItem', iam.putItem],
    ['UpdateItem', iam.updateItem],
    ['DeleteItem', iam.deleteItem],
  ])('for %s by the key of its item', (operation, request) => {
    const requests = request(caller, run);
    expect(actions(requests)).toEqual([`dynamodb:${operation}`]);
    expect(own(requests[0])).toEqual({
      'dynamodb:LeadingKeys': ['run#1'],
      'dynamodb:Attributes': ['pk', 'sk', 'body'],
    });
  });

  it.each([
    ['BatchGetItem', iam.batchGetItem],
    ['BatchWriteItem', iam.batchWriteItem],
  ])('once for each table of %s, with all its keys', (operation, request) => {
    const requests = request(caller, [
      run,
      { table: KEYS, key: 'key#1' },
      { table: TABLE, key: 'run#2', attributes: ['pk'] },
      run,
    ]);

    expect(actions(requests)).toEqual([`dynamodb:${operation}`, `dynamodb:${operation}`]);
    expect(requests.map(({ resource }) => resource)).toEqual([TABLE, KEYS]);
    expect(own(requests[0])).toEqual({
      'dynamodb:LeadingKeys': ['run#1', 'run#2'],
      'dynamodb:Attributes': ['pk', 'sk', 'body'],
    });
  });

  it('for a page of an index at the index', () => {
    const [ofTable] = iam.query(caller, {
      table: TABLE,
      key: 'run#1',
      attributes: ['pk'],
      select: 'SPECIFIC_ATTRIBUTES',
    });

    const [ofIndex] = iam.query(caller, { table: TABLE, index: 'due', key: 'due#refund#3' });

    expect(ofTable?.resource).toBe(TABLE);
    expect(own(ofTable)).toMatchObject({ 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' });
    expect(ofIndex?.resource).toBe(`${TABLE}/index/due`);
    expect(own(ofIndex)).toEqual({
      'dynamodb:LeadingKeys': ['due#refund#3'],
      'dynamodb:Select': 'ALL_PROJECTED_ATTRIBUTES',
    });
  });

  it('for a scan without any key', () => {
    const [scan] = iam.scan(caller, { table: TABLE });
    expect(scan?.action).toBe('dynamodb:Scan');
    expect(own(scan)).toEqual({ 'dynamodb:Select': 'ALL_ATTRIBUTES' });
  });
});

describe('KMS asks', () => {
  it.each([
    ['Decrypt', iam.decrypt],
    ['GenerateDataKey', iam.generateDataKey],
  ])(
    'for %s with the pairs of its encryption context and with their names',
    (operation, request) => {
      const requests = request(caller, KEY, { workspace: 'acme', class: 'financial' });
      expect(actions(requests)).toEqual([`kms:${operation}`]);

      expect(own(requests[0])).toEqual({
        'kms:EncryptionContext:workspace': 'acme',
        'kms:EncryptionContext:class': 'financial',
        'kms:EncryptionContextKeys': ['workspace', 'class'],
        'kms:CallerAccount': ACCOUNT,
      });
    },
  );

  it('without a trace of an encryption context where there is none', () => {
    expect(own(iam.decrypt(caller, KEY, {})[0])).toEqual({ 'kms:CallerAccount': ACCOUNT });
  });
});

describe('S3 asks', () => {
  const object = { bucket: 'trail', key: 'tile/0/x001' };
  const lock = {
    mode: 'COMPLIANCE',
    retainUntil: '2033-01-01T00:00:00Z',
    remainingDays: 2557,
  } as const;

  it('for an object, whether or not another may be in its place', () => {
    const [always] = iam.putObject(caller, object);
    const [once] = iam.putObject(caller, object, { ifNoneMatch: '*' });
    expect(always?.resource).toBe('arn:aws:s3:::trail/tile/0/x001');
    expect(own(always)).toEqual({});
    expect(own(once)).toEqual({ 's3:if-none-match': '*' });
  });

  it('for a lock and a legal hold beside the object', () => {
    const requests = iam.putObject(caller, object, { lock, legalHold: 'ON' });

    expect(actions(requests)).toEqual([
      's3:PutObject',
      's3:PutObjectRetention',
      's3:PutObjectLegalHold',
    ]);

    expect(own(requests[1])).toEqual({
      's3:object-lock-mode': 'COMPLIANCE',
      's3:object-lock-retain-until-date': '2033-01-01T00:00:00Z',
      's3:object-lock-remaining-retention-days': '2557',
    });

    expect(own(requests[0])).toEqual({ ...own(requests[1]), 's3:object-lock-legal-hold': 'ON' });
  });

  it('for removing a version otherwise than for marking an object deleted', () => {
    expect(actions(iam.deleteObject(caller, object))).toEqual(['s3:DeleteObject']);
    const removal = iam.deleteObject(caller, object, 'v1', true);
    expect(actions(removal)).toEqual(['s3:DeleteObjectVersion', 's3:BypassGovernanceRetention']);
    expect(own(removal[0])).toEqual({ 's3:VersionId': 'v1' });
  });

  it('for bypassing governance beside a new lock', () => {
    expect(actions(iam.putObjectRetention(caller, object, lock))).toEqual([
      's3:PutObjectRetention',
    ]);
    expect(actions(iam.putObjectRetention(caller, object, lock, true))).toEqual([
      's3:PutObjectRetention',
      's3:BypassGovernanceRetention',
    ]);
  });
});

describe('other services ask', () => {
  it.each([
    ['SendMessage', 'sqs:SendMessage'],
    ['SendMessageBatch', 'sqs:SendMessage'],
    ['DeleteMessageBatch', 'sqs:DeleteMessage'],
    ['PurgeQueue', 'sqs:PurgeQueue'],
    ['SetQueueAttributes', 'sqs:SetQueueAttributes'],
  ] as const)('for %s on a queue as %s', (operation, action) => {
    expect(iam.onQueue(caller, operation, QUEUE)).toEqual([iam.call(caller, action, QUEUE)]);
  });

  it('for the current value of a secret, if for no other', () => {
    const secret = `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:bank-AbCdEf`;
    const keys = { 'secretsmanager:SecretId': secret, 'secretsmanager:VersionStage': 'AWSCURRENT' };
    expect(iam.getSecretValue(caller, secret)).toEqual([
      iam.call(caller, 'secretsmanager:GetSecretValue', secret, keys),
    ]);
  });

  it('for a function by its ARN', () => {
    expect(iam.invokeFunction(caller, FUNCTION)).toEqual([
      iam.call(caller, 'lambda:InvokeFunction', FUNCTION),
    ]);
  });

  it('for log lines at their stream', () => {
    const requests = iam.writeLogLines(
      caller,
      `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:/writ/pay`,
      'a/[1]',
    );

    expect(actions(requests)).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);

    for (const { resource } of requests)
      expect(resource).toBe(
        `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:/writ/pay:log-stream:a/[1]`,
      );
  });
});

describe('a request as it is sent asks', () => {
  const region = 'eu-central-1';
  const secret = (name: string) =>
    `arn:aws:secretsmanager:${region}:${ACCOUNT}:secret:${name}-AbCdEf`;
  const asked = (service: string, operation: string, input: object) =>
    requestsOf(caller, { region, account: ACCOUNT, secret }, { service, operation, input });

  it('for what the texts of a transaction say, each by itself', () => {
    const at = [{ S: 'run#1' }, { S: 'now' }, { S: 'run#1' }, { N: '1' }, { S: 'c' }];
    const named = '"pk"=? AND "sk"=? AND "name"=? AND "rev"=? AND "commitment"=?';

    const TransactStatements = [
      {
        Statement: `UPDATE "state" SET "rev"=? SET "commitment"=? SET "body"=? REMOVE "sweepAt" WHERE ${named}`,
        Parameters: [{ N: '2' }, { S: 'd' }, { B: new Uint8Array([1, 2]) }, ...at],
      },
      { Statement: `DELETE FROM "state" WHERE ${named}`, Parameters: at },
      {
        Statement:
          'EXISTS(SELECT * FROM "keys" WHERE "pk"=? AND "sk"=? AND "rev"=? AND "commitment"=?)',
        Parameters: at.filter((_, i) => i !== 2),
      },
    ];

    const [key, revision] = [
      ['pk', 'sk'],
      ['rev', 'commitment'],
    ];

    expect(
      asked('DynamoDB', 'ExecuteTransaction', { TransactStatements, ClientRequestToken: 't' }),
    ).toEqual(
      iam.executeTransaction(caller, [
        {
          kind: 'Update',
          table: TABLE,
          key: 'run#1',
          attributes: [...revision, 'body', 'sweepAt', ...key, 'name'],
        },
        { kind: 'Delete', table: TABLE, key: 'run#1', attributes: [...key, 'name', ...revision] },
        { kind: 'Select', table: KEYS, key: 'run#1', attributes: [...key, ...revision] },
      ]),
    );
  });

  it('for the keys of a reading, table by table', () => {
    const keys = (...names: string[]) => ({
      Keys: names.map((name) => ({ pk: { S: name }, sk: { S: 'now' } })),
      ConsistentRead: true,
    });

    expect(
      asked('DynamoDB', 'BatchGetItem', {
        RequestItems: { state: keys('run#1', 'run#2'), keys: keys('key#1') },
      }),
    ).toEqual(
      iam.batchGetItem(caller, [
        { table: TABLE, key: 'run#1' },
        { table: TABLE, key: 'run#2' },
        { table: KEYS, key: 'key#1' },
      ]),
    );
  });

  it('for a partition of an index, and with what it is looked through', () => {
    const page = {
      TableName: 'state',
      IndexName: 'due',
      KeyConditionExpression: '#of = :of AND #at <= :until',
      ExpressionAttributeNames: { '#of': 'due', '#at': 'dueAt' },
      ExpressionAttributeValues: { ':of': { S: 'due#refund#3' }, ':until': { N: '1' } },
      Limit: 10,
    };

    expect(asked('DynamoDB', 'Query', page)).toEqual(
      iam.query(caller, {
        table: TABLE,
        index: 'due',
        key: 'due#refund#3',
        attributes: ['due', 'dueAt'],
      }),
    );
  });

  it('for the queue of a URL, the key of an ARN, the secret and the function of a name', () => {
    const [, , , inRegion, owner, name] = QUEUE.split(':');
    const QueueUrl = `https://sqs.${inRegion}.amazonaws.com/${owner}/${name}`;

    expect(asked('SQS', 'SendMessageBatch', { QueueUrl, Entries: [] })).toEqual(
      iam.onQueue(caller, 'SendMessage', QUEUE),
    );

    const context = { workspace: 'acme', class: 'financial' };
    const wrapped = { KeyId: KEY, CiphertextBlob: new Uint8Array(1), EncryptionContext: context };

    expect(asked('KMS', 'Decrypt', wrapped)).toEqual(iam.decrypt(caller, KEY, context));

    expect(
      asked('KMS', 'GenerateDataKey', {
        KeyId: KEY,
        KeySpec: 'AES_256',
        EncryptionContext: context,
      }),
    ).toEqual(iam.generateDataKey(caller, KEY, context));

    expect(
      asked('SecretsManager', 'GetSecretValue', {
        SecretId: 'writ/pay/bank',
        VersionStage: 'AWSCURRENT',
      }),
    ).toEqual(iam.getSecretValue(caller, secret('writ/pay/bank')));

    for (const FunctionName of ['pay', FUNCTION]) {
      expect(
        asked('Lambda', 'Invoke', { FunctionName, InvocationType: 'RequestResponse' }),
      ).toEqual(iam.invokeFunction(caller, FUNCTION));
    }
  });

  it.each([
    ['an operation', 'DynamoDB', 'Scan', {}, 'DynamoDB.Scan'],
    ['a parameter', 'Lambda', 'Invoke', { FunctionName: 'pay', Qualifier: 'live' }, 'Qualifier'],
    [
      'a parameter of a table',
      'DynamoDB',
      'BatchGetItem',
      { RequestItems: { state: { AttributesToGet: ['pk'] } } },
      'AttributesToGet',
    ],
    [
      'a condition',
      'DynamoDB',
      'Query',
      { TableName: 'state', KeyConditionExpression: 'begins_with(#of, :of)' },
      'begins_with',
    ],
    [
      'a URL',
      'SQS',
      'SendMessageBatch',
      { QueueUrl: 'http://localhost/pay', Entries: [] },
      'http://localhost/pay',
    ],
    ['a name of a key', 'KMS', 'Decrypt', { KeyId: 'alias/data' }, 'alias/data'],
  ])(
    'nothing that is known with %s that nobody looked up',
    (_, service, operation, input, named) => {
      const error = catching(() => asked(service, operation, input));
      expect(error).toBeInstanceOf(UnmappedRequestError);
      expect(String(error)).toContain(named);
    },
  );

  it('nothing that is known with a statement that the ledger does not send', () => {
    const Statement = 'SELECT * FROM "state"';
    expect(() =>
      asked('DynamoDB', 'ExecuteTransaction', { TransactStatements: [{ Statement }] }),
    ).toThrow(Statement);
  });
});

function catching(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
