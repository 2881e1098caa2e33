import { type Fate, WritError } from '#shared/kernel/index.ts';

/** Reasons for refusing a token. Used only in metrics and entries, and never sent to the caller. */
export type TokenFault =
  | 'form'
  | 'algorithm'
  | 'key'
  | 'signature'
  | 'issuer'
  | 'purpose'
  | 'audience'
  | 'expired'
  | 'early'
  | 'life'
  | 'subject';

/**
 * The token does not identify a person of the directory. The same error is thrown for every reason,
 * so that an attacker learns nothing from failed attempts.
 */
export class TokenRefusedError extends WritError {
  override readonly name = 'TokenRefusedError';
  readonly code = 'identity.token';
  readonly fate: Fate = 'refuse';
  constructor(why: TokenFault) {
    super(
      'the token is not one that identifies a person here',
      { why },
      { help: 'Sign in again.' },
    );
  }
}

/** The issuer's keys are unavailable, so tokens cannot be verified. */
export class IdentityUnavailableError extends WritError {
  override readonly name = 'IdentityUnavailableError';
  readonly code = 'identity.unavailable';
  readonly fate: Fate = 'retry';
  /** @param reason - Error name, never a message of a third party. */
  constructor(reason: string) {
    super(
      `the issuer's keys cannot be had now (${reason})`,
      { reason },
      { help: 'Try again later.' },
    );
  }
}

/**
 * A valid token of a person who is not in the directory, is not active, or whose sessions were
 * ended. Deliberately the same error for all.
 */
export class UnknownPersonError extends WritError {
  override readonly name = 'UnknownPersonError';
  readonly code = 'identity.unknown';
  readonly fate: Fate = 'refuse';
  /**
   * Person and reason, for the audit entry; never included in the response. Undefined when the
   * login is not in the directory.
   */
  readonly was:
    | { readonly person: string; readonly because: 'person-inactive' | 'session-ended' }
    | undefined;
  constructor(was?: UnknownPersonError['was']) {
    super(
      'the directory knows no active person of this login',
      {},
      { help: 'Sign in again, or ask an admin for access.' },
    );
    this.was = was;
  }
}

/** The login cannot become the first admin. */
export class FirstAdminError extends WritError {
  override readonly name = 'FirstAdminError';
  readonly code: 'identity.not-first-admin' | 'identity.first-admin-taken';
  readonly fate: Fate = 'refuse';
  constructor(code: FirstAdminError['code']) {
    super(
      code === 'identity.not-first-admin'
        ? 'this login is not the one that the deployment names as the first admin'
        : 'there has been a first admin already; further ones are made by an admin',
      {},
      { help: 'Ask an admin for access.' },
    );
    this.code = code;
  }
}

/** The person's id or login is already in the directory. Nothing was changed. */
export class PersonTakenError extends WritError {
  override readonly name = 'PersonTakenError';
  readonly code = 'person.taken';
  readonly fate: Fate = 'refuse';
  constructor(person: string) {
    super(
      `person ${person}, or their login, is in the directory already`,
      { person },
      { help: 'Use another id or login.' },
    );
  }
}
