import { hash } from 'node:crypto';

const LABEL = 'audit/1 state\0';

/**
 * Returns the commitment to a document, which an entry contains instead of the bytes:
 * `SHA-256("audit/1 state\0" ‖ target ‖ 0x00 ‖ revision in decimal ‖ 0x00 ‖ stored bytes)`, as
 * base64url (43 characters).
 *
 * @param revision - From 1.
 * @see docs/formats/entry.md, section "Commitments"
 */
export function commitmentOf(target: string, revision: number, bytes: Uint8Array): string {
  const head = `${LABEL}${target}\0${revision}\0`;
  const length = Buffer.byteLength(head);
  const data = Buffer.allocUnsafe(length + bytes.length);
  data.write(head, 0, 'utf8');
  data.set(bytes, length);
  return hash('sha256', data, 'base64url');
}

/** Returns the SHA-256 of bytes or UTF-8 text, as base64url (43 characters). */
export function sha256(data: Uint8Array | string): string {
  return hash('sha256', data, 'base64url');
}
