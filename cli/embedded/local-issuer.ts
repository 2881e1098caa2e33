import { createHash, generateKeyPairSync, timingSafeEqual } from 'node:crypto';
import { exportJWK, SignJWT } from 'jose';
import type { SignInTold } from '#functions/http/people/operations.ts';
import { type IssuerKeys, sessionName, TOKEN_LIFE_MS } from '#shared/identity/index.ts';
import { type Clock, InvalidInputError, MINUTE, newId, type Random, SECOND } from '#shared/kernel/index.ts';

/** Who the tokens of one machine are of. Not an address, so no deployment can be configured to take them: those need `https`. */
export const LOCAL_ISSUER = 'urn:writ:this-machine';
/** What they are for. */
export const LOCAL_AUDIENCE = 'urn:writ:this-machine:api';

/** Wrong codes in a minute, after which every try in it is refused. */
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
}

/** The sign-in of one machine. Its key is in memory only and ends with the process, and with it every session. */
export interface LocalIssuer extends IssuerKeys {
  /**
   * A token for one of the people.
   *
   * @throws `sign-in.refused` (refuse): the code is not the one of the data folder. `sign-in.too-many` (refuse): ten wrong codes came
   *   within a minute; even the right one counts again only after it. `sign-in.person` (refuse): nobody of that id can sign in here.
   */
  signIn(given: { readonly person: string; readonly code: string }): Promise<SignedIn>;
}

export async function localIssuer({ code, people, clock, random, record }: LocalIssuerOptions): Promise<LocalIssuer> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const kid = newId(random);
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' }] };
  const tries = wrongTries(clock);

  async function refused(why: `sign-in.${string}`, message: string, told: Omit<SignInTold, 'outcome' | 'code'> = {}): Promise<never> {
    await record({ outcome: 'denied', code: why, ...told });
    throw new InvalidInputError(why, message);
  }

  return {
    read: async () => keys,
    async signIn(given) {
      const person = people.find((id) => id === given.person);
      const known = person === undefined ? {} : { person };
      if (tries.areTooMany()) {
        // counted, and told with the first try after it: what a stranger can have written is bounded
        tries.add();
        throw new InvalidInputError('sign-in.too-many', `${WRONG_MAX} wrong codes came within a minute; try again in a minute`);
      }
      if (!isSame(given.code, code)) {
        tries.add();
        const count = tries.takeUntold();
        return refused('sign-in.refused', 'the sign-in code is not the one in the data folder', { ...known, count });
      }
      if (person === undefined) return refused('sign-in.person', `nobody of that id can sign in here; allowed are ${people.join(', ')}`);
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
      return { token, expiresAt: exp * SECOND };
    },
  };
}

/** Counts wrong codes by the minute. */
function wrongTries(clock: Clock) {
  let [minute, wrong, untold] = [Number.NaN, 0, 0];
  const turn = () => {
    const now = Math.floor(clock.now() / MINUTE);
    if (now !== minute) [minute, wrong] = [now, 0];
  };
  return {
    areTooMany(): boolean {
      turn();
      return wrong >= WRONG_MAX;
    },
    add(): void {
      turn();
      wrong++;
      untold++;
    },
    /** How many wrong codes no entry has told of yet. */
    takeUntold(): number {
      const count = untold;
      untold = 0;
      return count;
    },
  };
}

/** In the same time wherever they differ. */
function isSame(given: string, code: string): boolean {
  const [one, other] = [given, code].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(one, other);
}
