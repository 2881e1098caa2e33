import { JsonService, ServiceError } from './json-service.ts';

interface Secret {
  readonly current: string;
  readonly pending?: string;
}

/**
 * `GetSecretValue` of Secrets Manager and its ways to fail. It stands for what moto cannot be made
 * to do: throttling, internal errors, lost connections, and answers that come late or in another
 * order than they were asked for.
 *
 * It does not stand for access control, nor for deletion and binary secrets, which moto has.
 *
 * @see AWS Secrets Manager API reference, GetSecretValue
 */
export class FakeSecretsManager extends JsonService {
  readonly #secrets: Map<string, Secret>;

  constructor() {
    const secrets = new Map<string, Secret>();

    super({
      GetSecretValue({ SecretId, VersionStage }) {
        if (String(SecretId).length === 0) throw new ServiceError('InvalidParameterException');
        const secret = secrets.get(SecretId);
        const value = VersionStage === 'AWSPENDING' ? secret?.pending : secret?.current;
        if (value === undefined) throw new ServiceError('ResourceNotFoundException');
        return { Name: SecretId, SecretString: value, VersionStages: [VersionStage] };
      },
    });

    this.#secrets = secrets;
  }

  put(id: string, current: string): void {
    this.#secrets.set(id, { current });
  }

  /** Begins a rotation: a version that is there and not yet the current one. */
  pend(id: string, pending: string): void {
    this.#secrets.set(id, { current: this.#secrets.get(id)?.current ?? '', pending });
  }
}
