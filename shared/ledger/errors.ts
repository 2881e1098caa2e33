import { type Fate, WritError } from '#shared/kernel/index.ts';
import { isTarget } from './targets.ts';

/**
 * Returns a form of a key that may appear in a message. The key of a directory row may not, because
 * it is derived from a personal identifier.
 */
function displayKey(target: string): string {
  return target.startsWith('token#') ? `${target.split('#', 2).join('#')}#…` : target;
}

/**
 * A document did not have the revision that the commit requires. Nothing was committed. Read the
 * document again and decide again.
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

/** The store did not accept the call. Nothing was changed. */
export class LedgerUnavailableError extends WritError {
  override readonly name = 'LedgerUnavailableError';
  readonly code = 'ledger.unavailable';
  readonly fate: Fate = 'retry';
}

/**
 * The outcome of the commit is unknown. Read the documents to find out; never repeat the commit
 * without reading.
 */
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
 * The commit succeeded, but its messages could not be sent. The message or request that caused the
 * commit must be delivered again, and must not count as processed. Processing it again sends the
 * messages.
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
 * The store failed while this process used it, such as with a full disk or an I/O error. The
 * process ends, and the next start recovers.
 */
export class LedgerStoppedError extends WritError {
  override readonly name = 'LedgerStoppedError';
  readonly code = 'ledger.stopped';
  readonly fate: Fate = 'stop';
}

/** The disk has no space for the data. Every acknowledged commit is safe. */
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

/** Another process uses this data. Only one process at a time may use it. */
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

/** Remedy for a damaged ledger. */
export const RESTORE_LEDGER = 'Restore ledger.db and ledger.db-wal together, from one backup.';

/** The file is not a ledger, has a newer format, or is damaged. Its content was not changed. */
export class LedgerCorruptError extends WritError {
  override readonly name = 'LedgerCorruptError';
  readonly code = 'ledger.corrupt';
  readonly fate: Fate = 'stop';
}

/**
 * A stored document does not match its commitment: its bytes, revision, commitment or name were
 * changed outside of Writ. Code must not use the document. Other documents are not affected.
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
   * Key of the document, for the caller that read it. The facts do not contain it, because the key
   * of a directory row must not be shown.
   */
  get target(): string {
    return this.#target;
  }
}

/**
 * A document matches its commitment, but its body does not have the form of its kind. It was not
 * written by the engine.
 */
export class DocumentMalformedError extends WritError {
  override readonly name = 'DocumentMalformedError';
  readonly code = 'ledger.malformed';
  readonly fate: Fate = 'refuse';
  /**
   * @param expected - Version of the body, such as `run/1`. The message does not contain stored
   *   values.
   */
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
