import type { Request } from '../types.ts';
import { type Caller, call } from './call.ts';

/**
 * What is asked of S3 for calls about an object.
 *
 * Sources: S3 user guide, "Enforce conditional writes", "Object Lock", sections "Required
 * permissions" and "Governance mode"; service authorization reference, "Amazon S3", condition keys
 * of each action.
 */

export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
  /** Account of the bucket, which its ARN does not say. @default the caller's */
  readonly account?: string;
}

export interface Lock {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly retainUntil: string;
  readonly remainingDays: number;
}

export interface PutHeaders {
  /** `If-None-Match`: `*` to write only where there is no object. */
  readonly ifNoneMatch?: string;
  readonly lock?: Lock;
  readonly legalHold?: 'ON' | 'OFF';
}

/** A lock or a legal hold in the headers is asked for by itself, beside the object. */
export function putObject(
  caller: Caller,
  object: StoredObject,
  { ifNoneMatch, lock, legalHold }: PutHeaders = {},
): Request[] {
  const keys = {
    ...(ifNoneMatch !== undefined && { 's3:if-none-match': ifNoneMatch }),
    ...(lock !== undefined && keysOfLock(lock)),
    ...(legalHold !== undefined && { 's3:object-lock-legal-hold': legalHold }),
  };
  return [
    ask(caller, 'PutObject', object, keys),
    ...(lock === undefined ? [] : putObjectRetention(caller, object, lock)),
    ...(legalHold === undefined
      ? []
      : [ask(caller, 'PutObjectLegalHold', object, { 's3:object-lock-legal-hold': legalHold })]),
  ];
}

/**
 * Whoever sends the header that bypasses governance must be allowed to, whether or not there is a
 * lock to bypass.
 */
export function putObjectRetention(
  caller: Caller,
  object: StoredObject,
  lock: Lock,
  bypass = false,
): Request[] {
  const keys = keysOfLock(lock);
  return [
    ask(caller, 'PutObjectRetention', object, keys),
    ...(bypass ? [ask(caller, 'BypassGovernanceRetention', object, keys)] : []),
  ];
}

/**
 * Without a version it only marks the object deleted; with one it removes that version for good,
 * which is another action.
 */
export function deleteObject(
  caller: Caller,
  object: StoredObject,
  version?: string,
  bypass = false,
): Request[] {
  const deletion =
    version === undefined
      ? ask(caller, 'DeleteObject', object)
      : ask(caller, 'DeleteObjectVersion', object, { 's3:VersionId': version });
  return [deletion, ...(bypass ? [ask(caller, 'BypassGovernanceRetention', object)] : [])];
}

function keysOfLock({ mode, retainUntil, remainingDays }: Lock): Record<string, string> {
  return {
    's3:object-lock-mode': mode,
    's3:object-lock-retain-until-date': retainUntil,
    's3:object-lock-remaining-retention-days': String(remainingDays),
  };
}

function ask(
  caller: Caller,
  action: string,
  { bucket, key, account }: StoredObject,
  keys: Record<string, string> = {},
): Request {
  return call(caller, `s3:${action}`, `arn:aws:s3:::${bucket}/${key}`, keys, account);
}
