import { type Fate, WritError } from '#shared/kernel/index.ts';

/** The entry exceeds the maximum size. Nothing was stored. */
export class EntryTooLargeError extends WritError {
  override readonly name = 'EntryTooLargeError';
  readonly code = 'audit.entry-too-large';
  readonly fate: Fate = 'refuse';
  constructor(action: string, bytes: number, allowed: number) {
    super(`the entry for ${action} has ${bytes} bytes; allowed are ${allowed}`, {
      action,
      bytes,
      allowed,
    });
  }
}

/** The action exists only to try Writ out on one machine; this ledger is not embedded. */
export class EmbeddedOnlyError extends WritError {
  override readonly name = 'EmbeddedOnlyError';
  readonly code = 'audit.embedded-only';
  readonly fate: Fate = 'refuse';
  constructor(action: string) {
    super(`the action ${action} is available only in embedded mode`, { action });
  }
}

/** The draft does not match the closed schema of an entry. Nothing was stored. */
export class EntryInvalidError extends WritError {
  override readonly name = 'EntryInvalidError';
  readonly code = 'audit.entry-invalid';
  readonly fate: Fate = 'refuse';
  constructor(action: string, path: string) {
    super(`the entry for ${action} does not match the schema audit/1, at "${path}"`, {
      action,
      path,
    });
  }
}
