import * as z from 'zod/mini';
import { isTokenRowOf, tokenTarget, type WorkspaceKeys } from '#shared/crypto/index.ts';
import { workspaceSecret } from '#shared/engine/index.ts';
import type { Document, Ledger } from '#shared/ledger/index.ts';
import { PEOPLE } from './person.ts';
import type { Login } from './ports.ts';

/**
 * What an issuer calls somebody: at most 255 characters of ASCII. OpenID Connect Core 1.0, section
 * 2.
 */
export const subjectSchema = z.string().check(z.regex(/^[ -~]{1,255}$/));

/** An account at an issuer. */
export type Account = Pick<Login, 'issuer' | 'subject'>;

/** What the row of an account leads to. It is never pointed at another person. */
export interface LoginRow {
  /** Reference of the person as a subject: erasing the subject takes the row away, too. */
  readonly subject: string;
  readonly person: string;
}

/**
 * Key of the row of an account. It is keyed, so that nobody who sees it can tell whose it is.
 *
 * @throws `keys.missing` while there is no directory yet.
 */
export async function loginTarget(
  ports: { readonly ledger: Ledger; readonly keys: WorkspaceKeys },
  { issuer, subject }: Account,
): Promise<string> {
  const key = await workspaceSecret(ports, PEOPLE, 'token');
  return tokenTarget(key, PEOPLE, 'login', `${issuer}\0${subject}`);
}

/**
 * What the row found under the key of an account leads to. Nothing when the row was made for
 * another key: nobody signs in by it.
 */
export function loginOf({ target, body }: Pick<Document, 'target' | 'body'>): LoginRow | undefined {
  return isTokenRowOf(target, body) ? (body as unknown as LoginRow) : undefined;
}
