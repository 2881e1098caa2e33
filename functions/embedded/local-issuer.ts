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
import type { SignInTold } from './sign-in-entries.ts';
import { answerTo, isSameProof, proofOf, type SignInTerms } from './sign-in-proof.ts';

/**
 * Who the tokens of one machine are of. Not an address, so no deployment can be configured to take
 * them: those need `https`.
 */
export const LOCAL_ISSUER = 'urn:writ:this-machine';
/** What they are for. */
export const LOCAL_AUDIENCE = 'urn:writ:this-machine:api';

/** Wrong answers in a minute that are written down one by one; those after them are counted. */
const WRONG_MAX = 10;

export interface LocalIssuerOptions {
  /** See `signInCode`. */
  readonly code: string;
  /** Ids of the people who can sign in; each is the subject of their login, too. */
  readonly people: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  /** Writes the entry of a try, before anything of it is answered. */
  readonly record: (told: SignInTold) => Promise<void>;
}

export interface SignedIn {
  /** A JWT. */
  readonly token: string;
  /** Milliseconds since the epoch: at most 15 minutes from now. */
  readonly expiresAt: number;
  /** See {@link proofOf}: only who knows the code can have given this token for that challenge. */
  readonly proof: string;
}

/**
 * The sign-in of one machine. Its key is in memory only and ends with the process, and with it
 * every session.
 */
export interface LocalIssuer extends IssuerKeys {
  /** A challenge for one sign-in. Anybody may have one. */
  challenge(): string;
  /**
   * A token for one of the people. The right answer is always taken, whatever others try at the
   * same time.
   *
   * @param given - `address` is where this machine's API listens, whatever the client said;
   *   `answer` as {@link answerTo} makes it.
   * @throws `sign-in.refused` (refuse): the answer is not made with the code of the data folder
   *   and this address, or its challenge is not open. `sign-in.too-many` (refuse): the same, after
   *   ten of them within a minute. `sign-in.person` (refuse): nobody of that id can sign in here.
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

  async function refused(
    why: 'sign-in.refused' | 'sign-in.person',
    message: string,
    told: Omit<SignInTold, 'outcome' | 'code'> = {},
  ): Promise<never> {
    await record({ outcome: 'denied', code: why, ...told });
    throw new InvalidInputError(why, message);
  }

  return {
    read: async () => keys,
    challenge: open.give,
    async signIn({ answer, ...terms }) {
      const person = people.find((id) => id === terms.person);
      if (!open.take(terms.challenge) || !isSameProof(answer, answerTo(code, terms))) {
        tries.add();

        // counted, and told with the first try after it: what a stranger can have written is
        // bounded
        if (tries.areTooMany())
          throw new InvalidInputError(
            'sign-in.too-many',
            `${WRONG_MAX} wrong answers came within a minute; only a right one is taken now`,
          );

        const why = `the answer is not made with the code in the data folder and for ${terms.address}, or not within a minute`;

        return refused('sign-in.refused', why, {
          person,
          count: tries.takeUntold(),
        });
      }

      if (person === undefined)
        return refused(
          'sign-in.person',
          `nobody of that id can sign in here; allowed are ${people.join(', ')}`,
        );

      const untold = tries.takeUntold();

      if (untold > 0) await record({ outcome: 'denied', code: 'sign-in.too-many', count: untold });

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

      return { token, expiresAt: exp * SECOND, proof: proofOf(code, terms, token) };
    },
  };
}

/** Counts wrong answers by the minute. */
function wrongTries(clock: Clock) {
  let [minute, wrong, untold] = [Number.NaN, 0, 0];
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
      untold++;
    },
    /** How many wrong answers no entry has told of yet. */
    takeUntold(): number {
      const count = untold;
      untold = 0;
      return count;
    },
  };
}
