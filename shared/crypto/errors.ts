import { type Fate, WritError } from '#shared/kernel/index.ts';

/**
 * The key service refused to generate or unwrap a key: another context, altered bytes, or not for
 * this caller. Deliberately does not say which.
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
 * The key service did not answer, or cannot serve now: unreachable, throttling, or its key is
 * disabled. No key was generated or unwrapped.
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
 * The file of the embedded root key is missing, unreadable, readable by others, or not a key file.
 */
export class KeyFileError extends WritError {
  override readonly name = 'KeyFileError';
  readonly code = 'keys.file';
  readonly fate: Fate = 'stop';
}

/**
 * A sealed value cannot be opened: altered, moved to another place, or sealed under another key.
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

/** The subject's keys were shredded. Its data can never be opened again, and none is added. */
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
 * A required key does not exist: the workspace was never created here, or the subject never had
 * data of this class.
 */
export class KeyMissingError extends WritError {
  override readonly name = 'KeyMissingError';
  readonly code = 'keys.missing';
  readonly fate: Fate = 'refuse';
  constructor(target: string) {
    super(`there is no key ${target}`, { target }, { help: 'Create the workspace first.' });
  }
}

/** There is no secret of that name, or not for this caller. Deliberately does not say which. */
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
 * The vault did not answer, or cannot serve now: unreachable, throttling, or without credentials.
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
