import {
  DecryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  type KMSClientConfig,
} from '@aws-sdk/client-kms';
import { AWS_CLIENT, awsErrorName } from '#shared/kernel/adapters/aws-client.ts';
import { KEY_BYTES } from '../aes-gcm.ts';
import { KeyRefusedError, KeysUnavailableError } from '../errors.ts';
import type { KeyContext, KeyService } from '../ports.ts';

/** Options of {@link kmsKeys}: the KMS key that wraps the keys of workspaces, and the client. */
export interface KmsKeysOptions {
  readonly client: Pick<KMSClient, 'send'>;
  /**
   * ARN, id or alias of a symmetric encryption key. Sent with every `Decrypt`, so that KMS refuses
   * a key that was wrapped under a different KMS key.
   */
  readonly keyId: string;
}

/** Creates a client with the settings of {@link AWS_CLIENT}. */
export function kmsClient(config: KMSClientConfig = {}): KMSClient {
  return new KMSClient({ ...AWS_CLIENT, ...config });
}

/**
 * Final errors of KMS: the request was refused or is invalid. All other errors count as
 * unavailability, because they may be temporary: a key that is disabled or pending deletion can be
 * restored.
 *
 * @see AWS KMS API reference, Decrypt and GenerateDataKey, "Errors", and "Common errors"
 */
const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'IncorrectKeyException',
  'InvalidArnException',
  'InvalidCiphertextException',
  'InvalidGrantTokenException',
  'InvalidKeyUsageException',
  'NotFoundException',
  'UnsupportedOperationException',
  'ValidationException', // an empty ciphertext, or one of more than 6,144 bytes
]);

/**
 * The {@link KeyService} on AWS KMS. The key context is passed as the encryption context. KMS
 * authenticates it, and policies can refer to it (`kms:EncryptionContext:class`). CloudTrail logs
 * it in plaintext, so it contains only names. Keys are not cached.
 *
 * @see AWS KMS developer guide, "Encryption context"
 */
export function kmsKeys({ client, keyId }: KmsKeysOptions): KeyService {
  return {
    async generate(context) {
      const answer = await send(() =>
        client.send(
          new GenerateDataKeyCommand({
            KeyId: keyId,
            KeySpec: 'AES_256',
            EncryptionContext: encryptionContext(context),
          }),
        ),
      );

      const { CiphertextBlob: wrapped } = answer;
      if (wrapped === undefined || wrapped.length === 0) throw new KeyRefusedError();

      return { key: assertKeyLength(answer.Plaintext), wrapped };
    },
    async unwrap(wrapped, context) {
      const answer = await send(() =>
        client.send(
          new DecryptCommand({
            KeyId: keyId,
            CiphertextBlob: wrapped,
            EncryptionContext: encryptionContext(context),
          }),
        ),
      );
      return assertKeyLength(answer.Plaintext);
    },
  };
}

/** Returns exactly two entries. A policy that allows only these two keys would refuse a third. */
function encryptionContext(context: KeyContext): Record<string, string> {
  return 'class' in context
    ? { workspace: context.workspace, class: context.class }
    : { workspace: context.workspace, purpose: context.purpose };
}

function assertKeyLength(key: Uint8Array | undefined): Uint8Array {
  if (key?.length !== KEY_BYTES) throw new KeyRefusedError();
  return key;
}

async function send<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    const name = awsErrorName(error);
    throw REFUSALS.has(name) ? new KeyRefusedError() : new KeysUnavailableError(name);
  }
}
