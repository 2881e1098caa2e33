import { type Fate, WritError } from '#shared/kernel/index.ts';
import { isTarget } from './targets.ts';

/**
 * Returns a key that may appear in a message: the key of a directory row is derived from a personal
 * identifier.
 */
function displayKey(target: string): string {
  return target.startsWith('token#') ? `${target.split('#', 2).join('#')}#…` : target;
}

/**
 * A document did not have the revision that the commit names. Nothing happened; read again and
 * decide again.
 */
export class LedgerConflictError extends WritError {
  override readonly name = 'LedgerConflictError';
  readonly code = 'ledger.conflict';
  readonly fate: Fate = 'reread';
  readonly targets: readonly string[];
  constructor(targets: readonly string[], options?: ErrorOptions) {
    const shown = targets.map(displayKey);
    super(`${shown.join(', ')} moved on since it was read`, { targets: shown.join(' ') }, options);
    this.targets = shown;
  }
}

/** The store did not accept the call. Nothing happened. */
export class LedgerUnavailableError extends WritError {
  override readonly name = 'LedgerUnavailableError';
  readonly code = 'ledger.unavailable';
  readonly fate: Fate = 'retry';
}

/** The outcome of the commit is unknown. Read to learn it; never repeat it blindly. */
export class LedgerUnknownError extends WritError {
  override readonly name = 'LedgerUnknownError';
  readonly code = 'ledger.unknown';
  readonly fate: Fate = 'reread';
  /** @param reason - Error name of the store or the network. */
  constructor(reason = 'no answer', options?: ErrorOptions) {
    super(
      'the outcome of the commit is not known; read before doing anything else',
      { reason },
      options,
    );
  }
}

/**
 * The commit happened, but its messages could not be sent. The sender of the cause must deliver it
 * again, and the repetition sends them: the cause must not count as processed.
 */
export class LedgerUnsentError extends WritError {
  override readonly name = 'LedgerUnsentError';
  readonly code = 'ledger.unsent';
  readonly fate: Fate = 'retry';
  constructor(options?: ErrorOptions) {
    super(
      'the commit happened, but its messages could not be sent; deliver its cause again',
      {},
      options,
    );
  }
}

/**
 * The store failed under this process (disk full, I/O error). The process ends; recovery is at the
 * next start.
 */
export class LedgerStoppedError extends WritError {
  override readonly name = 'LedgerStoppedError';
  readonly code = 'ledger.stopped';
  readonly fate: Fate = 'stop';
}

/** The disk has no room for the data. Every acknowledged commit is safe. */
export class LedgerFullError extends WritError {
  override readonly name = 'LedgerFullError';
  readonly code = 'ledger.full';
  readonly fate: Fate = 'stop';
  constructor(folder: string, freeKib: number, neededKib: number) {
    super(
      `the disk of ${folder} is full: ${freeKib} KiB are free, and a start needs at least ${neededKib} KiB`,
      { folder, freeKib, neededKib },
      { help: 'Free disk space, or use another data folder.' },
    );
  }
}

/** Another process uses this data. Only one at a time may. */
export class LedgerLockedError extends WritError {
  override readonly name = 'LedgerLockedError';
  readonly code = 'ledger.locked';
  readonly fate: Fate = 'stop';
  constructor(folder: string) {
    super(
      `another process is working on the data in ${folder}`,
      { folder },
      { help: 'Stop that process, or use another data folder.' },
    );
  }
}

/** Help for a damaged ledger. */
export const RESTORE_LEDGER = 'Restore ledger.db and ledger.db-wal together, from one backup.';

/** The file is not a ledger, is of a newer format, or is damaged. Nothing was changed in it. */
export class LedgerCorruptError extends WritError {
  override readonly name = 'LedgerCorruptError';
  readonly code = 'ledger.corrupt';
  readonly fate: Fate = 'stop';
}

/**
 * A stored document is not as committed: its bytes, revision, commitment or name were changed
 * outside of Writ. Nothing may be done with it. Other documents are not affected.
 */
export class DocumentCorruptError extends WritError {
  override readonly name = 'DocumentCorruptError';
  readonly code = 'ledger.corrupt';
  readonly fate: Fate = 'refuse';
  readonly #target: string;
  /** @param target - Key of the document. Its content is never shown. */
  constructor(target: string, options?: ErrorOptions) {
    const shown = isTarget(target) ? displayKey(target) : 'with a key of no known form';
    super(
      `document ${shown} is not as it was committed; nothing is done with it`,
      { document: shown },
      { ...options, help: 'Run writ verify, then restore the document from a backup.' },
    );
    this.#target = target;
  }
  /**
   * Key of the document, for the caller that read it. Not among the facts, because the key of a
   * directory row must not be shown.
   */
  get target(): string {
    return this.#target;
  }
}

/**
 * A document is as it was committed, but its body is not of its kind: something other than the
 * engine wrote it.
 */
export class DocumentMalformedError extends WritError {
  override readonly name = 'DocumentMalformedError';
  readonly code = 'ledger.malformed';
  readonly fate: Fate = 'refuse';
  /** @param expected - Version of the body, such as `run/1`. The message holds no stored value. */
  constructor(target: string, expected: string) {
    const document = displayKey(target);
    super(`document ${document} is not of the form ${expected}`, { document, expected });
  }
}

/** No ledger accepts a commit of this form. */
export class LedgerRefusedError extends WritError {
  override readonly name = 'LedgerRefusedError';
  readonly code = 'ledger.refused';
  readonly fate: Fate = 'refuse';
}

/** The document would exceed the maximum size. */
export class DocumentTooLargeError extends WritError {
  override readonly name = 'DocumentTooLargeError';
  readonly code = 'ledger.document-too-large';
  readonly fate: Fate = 'refuse';
  constructor(target: string, bytes: number, allowed: number) {
    super(
      `document ${target} would have ${bytes} bytes; allowed are ${allowed}: keep large values outside the run`,
      {
        target,
        bytes,
        allowed,
      },
    );
  }
}
