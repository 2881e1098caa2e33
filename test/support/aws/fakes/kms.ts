import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { JsonService, ServiceError } from './json-service.ts';

type Context = Readonly<Record<string, string>>;

/**
 * KMS as far as its reference says it for symmetric keys, and its ways to fail. It stands for what
 * moto has wrong or lacks: a disabled key that refuses, `IncorrectKeyException`, limits on lengths,
 * throttling, internal errors and lost connections.
 *
 * It does not stand for access control. A blob is `key id (36) ‖ iv ‖ ciphertext ‖ tag`, unlike
 * that of AWS.
 *
 * @see AWS KMS API reference, GenerateDataKey and Decrypt
 */
export class FakeKms extends JsonService {
  readonly #keys: Map<string, { readonly bytes: Buffer; enabled: boolean }>;

  constructor() {
    const keys: Map<string, { readonly bytes: Buffer; enabled: boolean }> = new Map();

    const usable = (id: string) => {
      const key = keys.get(id);
      if (key === undefined) throw new ServiceError('NotFoundException');
      if (!key.enabled) throw new ServiceError('DisabledException');
      return key.bytes;
    };

    super({
      GenerateDataKey({ KeyId, KeySpec, EncryptionContext }) {
        if (KeySpec !== 'AES_256') throw new ServiceError('ValidationException');

        const plaintext = randomBytes(32);
        const iv = randomBytes(12);
        const cipher = createCipheriv('aes-256-gcm', usable(KeyId), iv).setAAD(
          aad(EncryptionContext),
        );

        const body = Buffer.concat([
          Buffer.from(KeyId),
          iv,
          cipher.update(plaintext),
          cipher.final(),
          cipher.getAuthTag(),
        ]);

        return {
          KeyId,
          Plaintext: plaintext.toString('base64'),
          CiphertextBlob: body.toString('base64'),
        };
      },
      Decrypt({ KeyId, CiphertextBlob, EncryptionContext }) {
        const blob = Buffer.from(CiphertextBlob, 'base64');
        if (blob.length === 0 || blob.length > 6_144) throw new ServiceError('ValidationException');
        const named = blob.subarray(0, 36).toString('latin1');
        if (!keys.has(named) || blob.length < 36 + 12 + 16)
          throw new ServiceError('InvalidCiphertextException');

        const key = usable(KeyId);
        if (named !== KeyId) throw new ServiceError('IncorrectKeyException');

        try {
          const cipher = createDecipheriv('aes-256-gcm', key, blob.subarray(36, 48)).setAAD(
            aad(EncryptionContext),
          );

          cipher.setAuthTag(blob.subarray(-16));

          const plaintext = Buffer.concat([cipher.update(blob.subarray(48, -16)), cipher.final()]);

          return { KeyId, Plaintext: plaintext.toString('base64') };
        } catch {
          throw new ServiceError('InvalidCiphertextException');
        }
      },
    });

    this.#keys = keys;
  }

  createKey(): string {
    const id = randomUUID();
    this.#keys.set(id, { bytes: randomBytes(32), enabled: true });
    return id;
  }

  setEnabled(id: string, enabled: boolean): void {
    const key = this.#keys.get(id);
    if (key !== undefined) key.enabled = enabled;
  }
}

/** Order does not matter, everything else does. */
function aad(context: Context = {}): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}
