import { readArn } from '../arn.ts';
import type { Request } from '../types.ts';
import { type Caller, call } from './call.ts';

type EncryptionContext = Readonly<Record<string, string>>;

/** @param key - ARN of the key: policies match the key itself, whichever name the call used. */
export const decrypt = (caller: Caller, key: string, context: EncryptionContext) =>
  cipher(caller, 'Decrypt', key, context);
export const generateDataKey = (caller: Caller, key: string, context: EncryptionContext) =>
  cipher(caller, 'GenerateDataKey', key, context);

/**
 * Each pair of the encryption context is a key of its own, and their names are together the values
 * of another.
 *
 * Source: KMS developer guide, "AWS KMS condition keys", `kms:EncryptionContext:…`,
 * `kms:EncryptionContextKeys`, `kms:CallerAccount`.
 */
function cipher(
  caller: Caller,
  operation: string,
  key: string,
  context: EncryptionContext,
): Request[] {
  const pairs = Object.entries(context).map(
    ([name, value]) => [`kms:EncryptionContext:${name}`, value] as const,
  );
  return [
    call(caller, `kms:${operation}`, key, {
      ...Object.fromEntries(pairs),
      ...(pairs.length > 0 && { 'kms:EncryptionContextKeys': Object.keys(context) }),
      'kms:CallerAccount': readArn(caller.role).account,
    }),
  ];
}

/**
 * Operations of a batch are asked for as the operation itself. Source: SQS developer guide, "Amazon
 * SQS API permissions".
 */
const QUEUE_ACTIONS = {
  SendMessage: 'SendMessage',
  SendMessageBatch: 'SendMessage',
  ReceiveMessage: 'ReceiveMessage',
  DeleteMessage: 'DeleteMessage',
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibility: 'ChangeMessageVisibility',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
  GetQueueAttributes: 'GetQueueAttributes',
  SetQueueAttributes: 'SetQueueAttributes',
  PurgeQueue: 'PurgeQueue',
} as const;

export function onQueue(
  caller: Caller,
  operation: keyof typeof QUEUE_ACTIONS,
  queue: string,
): Request[] {
  return [call(caller, `sqs:${QUEUE_ACTIONS[operation]}`, queue)];
}

/**
 * Source: service authorization reference, "AWS Secrets Manager"; API reference, `GetSecretValue`,
 * on the stage it falls back to.
 */
export function getSecretValue(caller: Caller, secret: string, stage = 'AWSCURRENT'): Request[] {
  return [
    call(caller, 'secretsmanager:GetSecretValue', secret, {
      'secretsmanager:SecretId': secret,
      'secretsmanager:VersionStage': stage,
    }),
  ];
}

/** @param name - ARN of the function, with its version or alias if the call names one. */
export function invokeFunction(caller: Caller, name: string): Request[] {
  return [call(caller, 'lambda:InvokeFunction', name)];
}

/**
 * Lambda itself writes a function's lines, with its role, and then says which function it is for.
 *
 * Sources: CloudWatch Logs user guide, "Overview of managing access permissions", on `…:*`; Lambda
 * developer guide, as above.
 *
 * @param group - ARN of the log group, without `:*` at its end.
 */
export function writeLogLines(caller: Caller, group: string, stream: string): Request[] {
  const resource = `${group}:log-stream:${stream}`;
  return [
    call(caller, 'logs:CreateLogStream', resource),
    call(caller, 'logs:PutLogEvents', resource),
  ];
}
