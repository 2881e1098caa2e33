import * as z from 'zod/mini';
import { clientProof, isSameProof, platformProof } from '#functions/embedded/sign-in-proof.ts';
import { InvalidInputError } from '#shared/kernel/index.ts';
import { sendRequest } from './transport.ts';

const challengeSchema = z.strictObject({
  challenge: z.string().check(z.minLength(1), z.maxLength(200)),
});
const signedInSchema = z.strictObject({ token: z.string(), expiresAt: z.int(), proof: z.string() });

/**
 * Obtains a token for a sample person. The sign-in code of the data folder is never sent. Instead,
 * the request proves that the caller knows the code, and the response must prove that the platform
 * does. Each proof is valid only for this sign-in at this address.
 *
 * @throws `platform.unproven` (refuse): the program at the address does not know the code. Also
 *   errors of {@link sendRequest}.
 */
export async function signIn(
  base: URL,
  { person, code }: { readonly person: string; readonly code: string },
): Promise<string> {
  const { challenge } = await sendRequest(
    { base },
    { method: 'POST', path: ['sign-in', 'challenge'] },
    challengeSchema,
  );

  const terms = { challenge, person, address: base.host };
  const body = { person, challenge, answer: clientProof(code, terms) };

  const { token, proof } = await sendRequest(
    { base },
    { method: 'POST', path: ['sign-in'], body },
    signedInSchema,
  );

  if (isSameProof(proof, platformProof(code, terms, token))) return token;

  throw new InvalidInputError(
    'platform.unproven',
    `the program at ${base.origin} is not the platform of this data folder; its token was discarded`,
    {},
    { help: 'name the data folder of that platform with --data' },
  );
}
