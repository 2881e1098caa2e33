/**
 * Field encryption: sealed values, their keys, and shredding of keys. Format and vectors:
 * docs/formats/seal.md.
 */
export { decrypt, encrypt, frame, fromBase64Url, toBase64Url } from './aes-gcm.ts';
export {
  KeyFileError,
  KeyMissingError,
  KeyRefusedError,
  KeysUnavailableError,
  SealBrokenError,
  SecretMissingError,
  SecretUnavailableError,
  SubjectErasedError,
} from './errors.ts';
export { KEY_CACHE_MS, WorkspaceKeys } from './key-cache.ts';
export {
  isTokenRowOf,
  type KeyOwner,
  type KeyRow,
  mintSubjectKey,
  mintWorkspaceKey,
  subjectKeyTarget,
  subjectOfToken,
  tokenOfKeyRow,
  tokenRow,
  tokenTarget,
  tombstone,
  unwrapSubjectKey,
  workspaceKeyTarget,
} from './key-rows.ts';
export type { KeyContext, KeyPurpose, KeyService, SecretVault } from './ports.ts';
export {
  type DocumentKey,
  deriveDocumentKey,
  keyIdOf,
  openValue,
  openWithRevealedKey,
  type SealContext,
  sealValue,
} from './seal.ts';
