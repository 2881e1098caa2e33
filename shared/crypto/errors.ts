import { type Fate, WritError } from '#shared/kernel/index.ts';

/**
 * The key service refused to generate or unwrap a key: the context does not match, the bytes were
 * altered, or the caller has no permission. The error deliberately does not distinguish these.
 */
export class KeyRefusedError extends WritError {
  override readonly name = 'KeyRefusedError';
  readonly code = 'keys.refused';
  readonly fate: Fate = 'refuse';
  constructor() {
    super(
      'the key service refuses this key under this context',
      {},
      {
        help: 'Check that the data and its key belong together, and that the caller may use the key.',
      },
    );
  }
}

/**
 * The key service did not respond or cannot serve the request now: it is unreachable or throttles
 * requests, or its key is disabled. No key was generated or unwrapped.
 */
export class KeysUnavailableError extends WritError {
  override readonly name = 'KeysUnavailableError';
  readonly code = 'keys.unavailable';
  readonly fate: Fate = 'retry';
  /** @param reason - Error name of the service or the network, never its message. */
  constructor(reason: string) {
    super(
      `the key service does not serve now (${reason}); nothing was wrapped or unwrapped`,
      { reason },
      { help: 'Try again later. Enable the key if it is disabled.' },
    );
  }
}

/**
 * The file of the embedded root key is missing, unreadable, readable by other users, or not a key
 * file.
 */
export class KeyFileError extends WritError {
  override readonly name = 'KeyFileError';
  readonly code = 'keys.file';
  readonly fate: Fate = 'stop';
}

/**
 * A sealed value cannot be opened: it was altered, moved to another place, or sealed under another
 * key.
 */
export class SealBrokenError extends WritError {
  override readonly name = 'SealBrokenError';
  readonly code = 'seal.broken';
  readonly fate: Fate = 'refuse';
  constructor(owner: string, field: string) {
    super(
      `the sealed value of field "${field}" in ${owner} does not open: altered, moved, or sealed under another key`,
      { owner, field },
    );
  }
}

/**
 * The subject's keys were shredded. Its data can never be opened again, and no data can be added.
 */
export class SubjectErasedError extends WritError {
  override readonly name = 'SubjectErasedError';
  readonly code = 'subject.erased';
  readonly fate: Fate = 'refuse';
  constructor(subjectRef: string) {
    super(
      `the keys of subject ${subjectRef} were shredded; its data cannot be opened or added to`,
      { subjectRef },
    );
  }
}

/**
 * A required key does not exist: the workspace was never created in this environment, or the
 * subject never had data of this class.
 */
export class KeyMissingError extends WritError {
  override readonly name = 'KeyMissingError';
  readonly code = 'keys.missing';
  readonly fate: Fate = 'refuse';
  constructor(target: string) {
    super(`there is no key ${target}`, { target }, { help: 'Create the workspace first.' });
  }
}

/**
 * The secret does not exist, or the caller may not read it. The error deliberately does not
 * distinguish the two.
 */
export class SecretMissingError extends WritError {
  override readonly name = 'SecretMissingError';
  readonly code = 'secret.missing';
  readonly fate: Fate = 'refuse';
  constructor(name: string) {
    super(
      `there is no secret "${name}" that this function may read`,
      { secret: name },
      { help: 'Store the secret, and check that the step declares it.' },
    );
  }
}

/**
 * The vault did not respond or cannot serve the request now: it is unreachable, throttles requests,
 * or has no credentials.
 */
export class SecretUnavailableError extends WritError {
  override readonly name = 'SecretUnavailableError';
  readonly code = 'secret.unavailable';
  readonly fate: Fate = 'retry';
  /** @param reason - Error name of the service or the network, never its message. */
  constructor(name: string, reason: string) {
    super(
      `the vault does not serve the secret "${name}" now (${reason})`,
      { secret: name, reason },
      { help: 'Try again later.' },
    );
  }
}
