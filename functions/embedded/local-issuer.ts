import { generateKeyPairSync } from 'node:crypto';
import { exportJWK, SignJWT } from 'jose';
import { type IssuerKeys, sessionName, TOKEN_LIFE_MS } from '#shared/identity/index.ts';
import {
  type Clock,
  InvalidInputError,
  MINUTE,
  newId,
  type Random,
  SECOND,
} from '#shared/kernel/index.ts';
import { challenges } from './challenges.ts';
import type { SignInAttempt } from './sign-in-entries.ts';
import { clientProof, isSameProof, platformProof, type SignInTerms } from './sign-in-proof.ts';

/**
 * Issuer of the tokens of one machine. It is not a URL, so no deployment can be configured to
 * accept its tokens: deployments require an `https` URL.
 */
export const LOCAL_ISSUER = 'urn:writ:this-machine';
/** Audience of the tokens. */
export const LOCAL_AUDIENCE = 'urn:writ:this-machine:api';

/** Maximum number of wrong answers per minute that each get an entry. More are only counted. */
const WRONG_MAX = 10;

export interface LocalIssuerOptions {
  /** Code of the data folder; see `signInCode`. */
  readonly code: string;
  /** Ids of the people who can sign in. Each id is also the subject of the person's login. */
  readonly people: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  /** Writes the entry of an attempt before the attempt is answered. */
  readonly record: (attempt: SignInAttempt) => Promise<void>;
}

/** Session of a person who signed in. */
export interface SignedIn {
  /** A JWT. */
  readonly token: string;
  /** Milliseconds since the epoch: at most 15 minutes from now. */
  readonly expiresAt: number;
  /**
   * Proof for the challenge; see {@link platformProof}. Only a platform that knows the code can
   * have issued this token for that challenge.
   */
  readonly proof: string;
}

/**
 * Signs people in on one machine. The key exists only in memory, so every session ends with the
 * process.
 */
export interface LocalIssuer extends IssuerKeys {
  /** Returns a challenge for one sign-in. Any client can request a challenge. */
  challenge(): string;
  /**
   * Returns a token for a person. A correct answer is always accepted, even while other clients
   * send wrong answers.
   *
   * @param given - `address` is the address where this machine's API listens, regardless of the
   *   client's claims; `answer` is the result of {@link clientProof}.
   * @throws `sign-in.refused` (refuse): the answer is not made with the code of the data folder and
   *   this address, or its challenge is not open. `sign-in.too-many` (refuse): the same fault,
   *   after ten such answers within a minute. `sign-in.person` (refuse): no person with this id can
   *   sign in here.
   */
  signIn(given: SignInTerms & { readonly answer: string }): Promise<SignedIn>;
}

export async function localIssuer({
  code,
  people,
  clock,
  random,
  record,
}: LocalIssuerOptions): Promise<LocalIssuer> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const kid = newId(random);
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' }] };
  const [tries, open] = [wrongTries(clock), challenges(clock, random)];

  async function refuse(
    code: 'sign-in.refused' | 'sign-in.person',
    message: string,
    details: Omit<SignInAttempt, 'outcome' | 'code'> = {},
  ): Promise<never> {
    await record({ outcome: 'denied', code, ...details });
    throw new InvalidInputError(code, message);
  }

  return {
    read: async () => keys,
    challenge: open.give,
    async signIn({ answer, ...terms }) {
      const person = people.find((id) => id === terms.person);
      if (!open.take(terms.challenge) || !isSameProof(answer, clientProof(code, terms))) {
        tries.add();

        // The attempt is counted, and a later attempt records the count. This limits the number of
        // entries that an unauthenticated client can cause.
        if (tries.areTooMany())
          throw new InvalidInputError(
            'sign-in.too-many',
            `${WRONG_MAX} wrong answers were sent within a minute; only a correct one is accepted now`,
          );

        const message = `the answer is not made with the code in the data folder and for ${terms.address}, or not within a minute`;

        return refuse('sign-in.refused', message, {
          person,
          count: tries.takeUnrecorded(),
        });
      }

      if (person === undefined)
        return refuse(
          'sign-in.person',
          `no person with this id can sign in here; allowed are ${people.join(', ')}`,
        );

      const unrecorded = tries.takeUnrecorded();

      if (unrecorded > 0)
        await record({ outcome: 'denied', code: 'sign-in.too-many', count: unrecorded });

      const [now, sid] = [Math.floor(clock.now() / SECOND), newId(random)];
      const exp = now + TOKEN_LIFE_MS / SECOND;

      const token = await new SignJWT({ sid })
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
        .setIssuer(LOCAL_ISSUER)
        .setAudience(LOCAL_AUDIENCE)
        .setSubject(person)
        .setIssuedAt(now)
        .setExpirationTime(exp)
        .sign(privateKey);

      await record({ outcome: 'ok', person, session: sessionName(LOCAL_ISSUER, `sid:${sid}`) });

      return { token, expiresAt: exp * SECOND, proof: platformProof(code, terms, token) };
    },
  };
}

/** Counts wrong answers per minute. */
function wrongTries(clock: Clock) {
  let [minute, wrong, unrecorded] = [Number.NaN, 0, 0];
  const turn = () => {
    const now = Math.floor(clock.now() / MINUTE);
    if (now !== minute) [minute, wrong] = [now, 0];
  };

  return {
    areTooMany(): boolean {
      turn();
      return wrong > WRONG_MAX;
    },
    add(): void {
      turn();
      wrong++;
      unrecorded++;
    },
    /** Returns the number of wrong answers without an entry, and resets it. */
    takeUnrecorded(): number {
      const count = unrecorded;
      unrecorded = 0;
      return count;
    },
  };
}
