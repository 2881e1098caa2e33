import * as z from 'zod/mini';
import { tokenTarget, type WorkspaceKeys } from '#shared/crypto/index.ts';
import { workspaceSecret } from '#shared/engine/index.ts';
import type { Json } from '#shared/kernel/index.ts';
import type { Ledger } from '#shared/ledger/index.ts';
import { PEOPLE } from './person.ts';
import type { Login } from './ports.ts';

/** What an issuer calls somebody: at most 255 characters of ASCII. OpenID Connect Core 1.0, section 2. */
export const subjectSchema = z.string().check(z.regex(/^[ -~]{1,255}$/));

/** An account at an issuer. */
export type Account = Pick<Login, 'issuer' | 'subject'>;

/** The row that leads from an account to a person. It is never pointed at another person. */
export interface LoginRow {
  readonly v: 'token/1';
  readonly kind: 'token';
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

export function loginRow(row: LoginRow): Json {
  return { ...row };
}
