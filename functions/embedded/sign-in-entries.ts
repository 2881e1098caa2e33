import type { Actor } from '#shared/audit/index.ts';
import { type Ledger, serviceActor, type WriterIdentity } from '#shared/ledger/index.ts';

/**
 * The writer of the entries below. No bundle of a deployment has this code, so there is none whose
 * hash it could give.
 */
export const SIGN_IN: WriterIdentity = { name: 'sign-in', bundle: '0'.repeat(64) };

/** One try to sign in on this machine, or several that were refused alike. */
export interface SignInTold {
  readonly outcome: 'ok' | 'denied';
  /** Of the directory; absent when whoever tried named nobody who can sign in here. */
  readonly person?: string;
  /** As entries name it; only of a session that began. */
  readonly session?: string;
  /** Why it was refused. */
  readonly code?: string;
  /** How many tries this tells of. */
  readonly count?: number;
}

/**
 * Writes an entry of a try to sign in: by the person who began a session, and by this machine where
 * nobody did.
 */
export async function recordSignIn(
  ledger: Ledger,
  { outcome, person, session, code, count }: SignInTold,
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
