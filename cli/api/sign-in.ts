import * as z from 'zod/mini';
import { answerTo, isSameProof, proofOf } from '#functions/embedded/sign-in-proof.ts';
import { InvalidInputError } from '#shared/kernel/index.ts';
import { ask } from './transport.ts';

const challengeSchema = z.strictObject({
  challenge: z.string().check(z.minLength(1), z.maxLength(200)),
});
const signedInSchema = z.strictObject({ token: z.string(), expiresAt: z.int(), proof: z.string() });

/**
 * A token for one of the sample people. The code stays here: what is sent shows that it is known,
 * for this one sign-in at this one address, and the platform must show the same before its token is
 * taken.
 *
 * @throws `platform.unproven` (refuse): whoever answers does not know the code. What `ask`
 *   throws.
 */
export async function signIn(
  base: URL,
  { person, code }: { readonly person: string; readonly code: string },
): Promise<string> {
  const { challenge } = await ask(
    base,
    undefined,
    { method: 'POST', path: ['sign-in', 'challenge'] },
    challengeSchema,
  );

  const terms = { challenge, person, address: base.host };
  const body = { person, challenge, answer: answerTo(code, terms) };

  const { token, proof } = await ask(
    base,
    undefined,
    { method: 'POST', path: ['sign-in'], body },
    signedInSchema,
  );
  if (isSameProof(proof, proofOf(code, terms, token))) return token;

  throw new InvalidInputError(
    'platform.unproven',
    `what answers at ${base.origin} is not the platform of this data folder; nothing it says was believed`,
    {},
  );
}
