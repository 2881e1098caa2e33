import * as z from 'zod/mini';
import { isTokenRowOf, tokenTarget, type WorkspaceKeys } from '#shared/crypto/index.ts';
import { workspaceSecret } from '#shared/engine/index.ts';
import type { Document, Ledger } from '#shared/ledger/index.ts';
import { PEOPLE } from './person.ts';
import type { Login } from './ports.ts';

/** Subject of a token: at most 255 ASCII characters. OpenID Connect Core 1.0, section 2. */
export const subjectSchema = z.string().check(z.regex(/^[ -~]{1,255}$/));

/** An account at an issuer. */
export type Account = Pick<Login, 'issuer' | 'subject'>;

/** Body of a login row. The row is never reassigned to another person. */
export type LoginRow = {
  /** Reference of the person as a subject. Erasing the subject also removes the row. */
  readonly subject: string;
  readonly person: string;
};

/**
 * Returns the key of an account's row. The key is an HMAC, so that it does not reveal the account.
 *
 * @throws `keys.missing` before the directory exists.
 */
export async function loginTarget(
  ports: { readonly ledger: Ledger; readonly keys: WorkspaceKeys },
  { issuer, subject }: Account,
): Promise<string> {
  const key = await workspaceSecret(ports, PEOPLE, 'token');
  return tokenTarget(key, PEOPLE, 'login', `${issuer}\0${subject}`);
}

/**
 * Returns the body of a login row; undefined if the row was created for another key, and so does
 * not identify a person.
 */
export function loginOf({ target, body }: Pick<Document, 'target' | 'body'>): LoginRow | undefined {
  return isTokenRowOf(target, body) ? (body as LoginRow) : undefined;
}
