/** The only access to state and trail. The port in `ports.ts` states the guarantees. */

export { type DocumentKind, documentKind } from './document-kind.ts';
export { entriesOfRun } from './entries-of-run.ts';
export {
  DocumentCorruptError,
  DocumentMalformedError,
  DocumentTooLargeError,
  LedgerConflictError,
  LedgerCorruptError,
  LedgerLockedError,
  LedgerRefusedError,
  LedgerStoppedError,
  LedgerUnavailableError,
  LedgerUnknownError,
  LedgerUnsentError,
} from './errors.ts';
export { measured } from './measured.ts';
export {
  type Change,
  type Check,
  COMMIT_MAX_BYTES,
  COMMIT_MAX_PARTS,
  type Commit,
  type Committed,
  type Delivery,
  DOCUMENT_MAX_BYTES,
  type Document,
  type IndexKeys,
  type Ledger,
  MESSAGE_DELAY_MAX_MS,
  MESSAGE_MAX_SUBJECTS,
  type Message,
  type MessageSender,
  type Page,
  type Query,
  type Queues,
  READ_MAX_TARGETS,
  type Revision,
  serviceActor,
  TRAIL_PAGE_MAX,
  type TrailPage,
  type TrailPageRequest,
  type TrailReader,
  type WriterIdentity,
} from './ports.ts';
export {
  assertRead,
  type PreparedChange,
  type PreparedCommit,
  prepareCommit,
  revisionsOf,
  sealEntries,
} from './prepare.ts';
export { readIntact } from './read-intact.ts';
export {
  automationOf,
  directoryName,
  encodeId,
  isSweepable,
  isTarget,
  isTrailName,
  joinTarget,
  STATE_KINDS,
  type StateKind,
  splitTarget,
  type TargetParts,
} from './targets.ts';
