import { existsSync, linkSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { canonicalJson, type Random } from '#shared/kernel/index.ts';
import { decrypt, encrypt, frame, fromBase64Url, KEY_BYTES, toBase64Url } from '../aes-gcm.ts';
import { KeyFileError, KeyRefusedError } from '../errors.ts';
import type { KeyContext, KeyService } from '../ports.ts';

const HEADER = 'writ key file/1 ';

/**
 * Creates a key file that only its owner may read. Fails if the file exists, because a root key
 * must never be overwritten.
 */
export function createKeyFile(path: string, random: Random): void {
  // atomic: a process that ends at this point leaves no partial key behind
  const next = `${path}.${process.pid}.next`;

  writeFileSync(next, `${HEADER}${toBase64Url(random.bytes(KEY_BYTES))}\n`, {
    mode: 0o600,
    flush: true,
  });

  try {
    linkSync(next, path); // unlike a rename, fails when the file exists
  } finally {
    unlinkSync(next);
  }
}

/**
 * The embedded {@link KeyService}: keys wrapped by AES-256-GCM under one root key from a file, with
 * the context as AAD. It gives the same guarantees as KMS, except access control, which depends on
 * the file mode.
 *
 * @throws {@link KeyFileError} when the file is missing, readable by other users, or not a key
 *   file.
 */
export function openKeyFile(path: string, random: Random): KeyService {
  if (!existsSync(path)) {
    throw new KeyFileError(
      `the key file ${path} is missing; nothing that was sealed can be opened without it`,
      { path },
      { help: 'Put the key file back, with mode 600.' },
    );
  }

  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw new KeyFileError(
      `the key file ${path} has mode ${mode.toString(8)}; allowed is 600: only its owner may read it`,
      { path },
      { help: `Run chmod 600 ${path}` },
    );
  }

  const text = readFileSync(path, 'utf8').trim();
  const root = fromBase64Url(text.slice(HEADER.length));
  if (!text.startsWith(HEADER) || root.length !== KEY_BYTES)
    throw new KeyFileError(
      `${path} is not a writ key file of version 1`,
      { path },
      { help: 'Restore the key file from a backup.' },
    );

  const aad = (context: KeyContext) => frame('writ wrap/1', canonicalJson({ ...context }));

  return {
    async generate(context) {
      const key = random.bytes(KEY_BYTES);
      return { key, wrapped: encrypt(root, key, { aad: aad(context), random }) };
    },
    async unwrap(wrapped, context) {
      const key = decrypt(root, wrapped, aad(context));
      if (key === undefined) throw new KeyRefusedError();
      return key;
    },
  };
}
