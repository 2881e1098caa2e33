import { DecryptCommand, GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { Clients } from '../clients.ts';
import { ADMINISTRATOR, BANK, MINT, PAY } from '../roles.ts';
import type { Attempt, Fact } from './fact.ts';

/** Facts about the data key and about secrets. */

export const keyClasses: Fact = {
  name: 'key-classes',
  question:
    'is `kms:Decrypt` confined to a class by the encryption context, and a key to the roles under a path',
  attempts({ dataKey: KeyId }) {
    const wrapped = new Map<object, Uint8Array>();
    const [financial, personal] = [
      { workspace: 'live', class: 'financial' },
      { workspace: 'live', class: 'personal' },
    ];

    const more = { ...financial, subject: 'somebody' };

    const generates = (
      by: string,
      does: string,
      EncryptionContext: Record<string, string>,
      expected: 'done' | 'denied',
    ): Attempt => ({
      by,
      does,
      expected,
      async act({ kms }: Clients) {
        const { CiphertextBlob } = await kms.send(
          new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }),
        );
        if (CiphertextBlob !== undefined) wrapped.set(EncryptionContext, CiphertextBlob);
      },
    });

    const opens = (
      by: string,
      does: string,
      EncryptionContext: Record<string, string>,
      expected: 'done' | 'denied',
    ): Attempt => ({
      by,
      does,
      expected,
      act: ({ kms }: Clients) =>
        kms.send(
          new DecryptCommand({
            KeyId,
            CiphertextBlob: wrapped.get(EncryptionContext),
            EncryptionContext,
          }),
        ),
    });

    return [
      generates(MINT, 'wraps a key of the class that the step reads', financial, 'done'),
      generates(MINT, 'wraps a key of another class', personal, 'done'),
      generates(MINT, 'wraps a key with one name more in its context', more, 'done'),
      opens(PAY, 'unwraps the key of its class', financial, 'done'),
      opens(PAY, 'unwraps the key of another class', personal, 'denied'),
      opens(PAY, 'unwraps a key whose context has one name more', more, 'denied'),
      opens(ADMINISTRATOR, 'unwraps a key', financial, 'denied'),
      generates(ADMINISTRATOR, 'wraps a key', financial, 'denied'),
    ];
  },
};

export const secretPolicies: Fact = {
  name: 'secret-policies',
  question: 'what is `aws:PrincipalArn` of a role with a path, in the policies of secrets',
  attempts({ secret: SecretId }) {
    const read = ({ secrets }: Clients) =>
      secrets.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSCURRENT' }));
    return [
      { by: BANK, does: 'reads its secret', expected: 'done', act: read },
      { by: ADMINISTRATOR, does: 'reads it', expected: 'denied', act: read },
    ];
  },
};
