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

/** Which key of KMS wraps the keys of workspaces, and who asks for it. */
export interface KmsKeysOptions {
  readonly client: Pick<KMSClient, 'send'>;
  /**
   * ARN, id or alias of a symmetric key for encryption. It goes with every `Decrypt`: a key wrapped
   * under another one is refused.
   */
  readonly keyId: string;
}

/** A client with the settings of {@link AWS_CLIENT}. */
export function kmsClient(config: KMSClientConfig = {}): KMSClient {
  return new KMSClient({ ...AWS_CLIENT, ...config });
}

/**
 * What KMS answers when it looked and will not, or when what it was given cannot be right.
 * Everything else may pass, and is unavailability: a key that is disabled or waits for its deletion
 * can be brought back.
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
  'ValidationException', // a ciphertext of no byte or of more than 6,144
]);

/**
 * The {@link KeyService} on AWS KMS. The context is the encryption context, which KMS authenticates
 * and policies can name (`kms:EncryptionContext:class`); it stands readable in CloudTrail, and
 * holds names only. No key is kept here.
 *
 * @see AWS KMS developer guide, "Encryption context"
 */
export function kmsKeys({ client, keyId }: KmsKeysOptions): KeyService {
  return {
    async generate(context) {
      const answer = await asked(() =>
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

      return { key: wholeKey(answer.Plaintext), wrapped };
    },
    async unwrap(wrapped, context) {
      const answer = await asked(() =>
        client.send(
          new DecryptCommand({
            KeyId: keyId,
            CiphertextBlob: wrapped,
            EncryptionContext: encryptionContext(context),
          }),
        ),
      );
      return wholeKey(answer.Plaintext);
    },
  };
}

/** Exactly two entries: a policy that allows these two keys and no other would refuse a third. */
function encryptionContext(context: KeyContext): Record<string, string> {
  return 'class' in context
    ? { workspace: context.workspace, class: context.class }
    : { workspace: context.workspace, purpose: context.purpose };
}

function wholeKey(key: Uint8Array | undefined): Uint8Array {
  if (key?.length !== KEY_BYTES) throw new KeyRefusedError();
  return key;
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const name = awsErrorName(error);
    throw REFUSALS.has(name) ? new KeyRefusedError() : new KeysUnavailableError(name);
  }
}
