import type { Actor } from '#shared/audit/index.ts';
import { type Ledger, serviceActor, type WriterIdentity } from '#shared/ledger/index.ts';

/** Writer of sign-in entries. Its bundle hash is zero: no deployed bundle contains this code. */
export const SIGN_IN: WriterIdentity = { name: 'sign-in', bundle: '0'.repeat(64) };

/** Attempt to sign in on this machine, or several attempts with the same refusal. */
export interface SignInAttempt {
  readonly outcome: 'ok' | 'denied';
  /** Id in the directory; absent if the attempt did not name a person who can sign in here. */
  readonly person?: string;
  /** Name of the session in entries; absent for a refused attempt. */
  readonly session?: string;
  /** Code of the refusal. */
  readonly code?: string;
  /** Number of attempts. */
  readonly count?: number;
}

/**
 * Writes the entry of a sign-in. The actor is the person whose session began or, for a refused
 * attempt, this machine.
 */
export async function recordSignIn(
  ledger: Ledger,
  { outcome, person, session, code, count }: SignInAttempt,
): Promise<void> {
  const by: Actor | undefined =
    person === undefined || outcome === 'denied'
      ? undefined
      : {
          kind: 'user',
          id: person,
          auth: 'embedded',
          origin: 'local',
          session,
        };

  await ledger.commit({
    entries: [
      {
        workspace: 'platform',
        actor: by ?? serviceActor(ledger),
        action: 'session.start',
        outcome,
        targets: person === undefined ? undefined : [{ kind: 'person', id: person }],
        why: code === undefined ? undefined : { code },
        count,
      },
    ],
  });
}
