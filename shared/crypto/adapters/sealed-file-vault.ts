import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isWritError, type Json, parseJson, type Random } from '#shared/kernel/index.ts';
import { decrypt, encrypt, frame, fromBase64Url, toBase64Url } from '../aes-gcm.ts';
import { KeyFileError, SecretMissingError } from '../errors.ts';
import type { KeyContext, KeyService, SecretVault } from '../ports.ts';

const CONTEXT: KeyContext = { workspace: 'platform', purpose: 'vault' };

interface VaultFile {
  readonly v: 'vault/1';
  readonly key: string;
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * The embedded {@link SecretVault}: one file, with each secret sealed under a key that the key
 * service wraps. Reads the file at every `get`, so secrets stored by other processes of the same
 * owner are visible immediately, and `fresh` has no effect.
 */
export class SealedFileVault implements SecretVault {
  readonly #path: string;
  readonly #keys: KeyService;
  readonly #random: Random;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, keys: KeyService, random: Random) {
    this.#path = path;
    this.#keys = keys;
    this.#random = random;
  }

  async get(name: string): Promise<string> {
    const file = this.#load();
    const sealed =
      file !== undefined && Object.hasOwn(file.secrets, name) ? file.secrets[name] : undefined;
    if (file === undefined || sealed === undefined) throw new SecretMissingError(name);

    const key = await this.#keys.unwrap(fromBase64Url(file.key), CONTEXT);
    const value = decrypt(key, fromBase64Url(sealed), frame('writ vault/1', name));
    if (value === undefined) throw new SecretMissingError(name);

    return value.toString('utf8');
  }

  /**
   * Stores a secret, and replaces any secret with the same name. Durable on return; the file is
   * replaced atomically.
   */
  put(name: string, value: string): Promise<void> {
    const done = this.#last.then(() => this.#put(name, value));
    this.#last = done.catch(() => {}); // sequential: each put reads the result of the previous one
    return done;
  }

  async #put(name: string, value: string): Promise<void> {
    const old = this.#load();
    const { key, wrapped } = old
      ? {
          key: await this.#keys.unwrap(fromBase64Url(old.key), CONTEXT),
          wrapped: fromBase64Url(old.key),
        }
      : await this.#keys.generate(CONTEXT);
    const sealed = toBase64Url(
      encrypt(key, Buffer.from(value, 'utf8'), {
        aad: frame('writ vault/1', name),
        random: this.#random,
      }),
    );
    const file: VaultFile = {
      v: 'vault/1',
      key: toBase64Url(wrapped),
      secrets: { ...old?.secrets, [name]: sealed },
    };

    const next = `${this.#path}.next`;

    writeFileSync(next, JSON.stringify(file), { mode: 0o600, flush: true });
    renameSync(next, this.#path);
    syncFolder(dirname(this.#path));
  }

  #load(): VaultFile | undefined {
    if (!existsSync(this.#path)) return undefined;

    try {
      const file = parseJson(readFileSync(this.#path)) as Json as unknown as VaultFile;
      if (file?.v === 'vault/1') return file;
    } catch (error) {
      if (!isWritError(error)) throw error;
    }

    throw new KeyFileError(
      `${this.#path} is not a sealed secret file of version 1`,
      { path: this.#path },
      { help: 'Restore the file from a backup.' },
    );
  }
}

/** Makes a rename durable. A file's name is stored in its folder, so the folder must be synced. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
