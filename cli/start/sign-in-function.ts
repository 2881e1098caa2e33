import type { LocalIssuer } from '#functions/embedded/local-issuer.ts';
import { readJsonBody } from '#functions/framework/http/json.ts';
import { type Problem, problemOf, RequestRefusedError } from '#functions/framework/http/problem.ts';
import { asJson, problemResponse, respond } from '#functions/framework/http/response.ts';
import type { EmbeddedHttpFunction } from '#functions/wiring/embedded.ts';
import { describeError } from '#shared/audit/index.ts';
import { isWritError, type Log } from '#shared/kernel/index.ts';

/** Errors that the caller may see. Responses to other failures do not include details. */
const PUBLIC_CODES = ['sign-in.refused', 'sign-in.too-many', 'sign-in.person'] as const;
/** Maximum number of characters of a value in a request. */
const MAX_LENGTH = 200;

export interface SignInOptions {
  readonly issuer: Pick<LocalIssuer, 'challenge' | 'signIn'>;
  /** Returns the host and port at which the API listens. */
  readonly address: () => string;
  readonly log: Log;
}

/**
 * Creates the sign-in function, which only the embedded platform has. `POST /sign-in/challenge`
 * returns `{ challenge }`. `POST /sign-in` with `{ person, challenge, answer }` returns a token for
 * a sample person, and a proof that the response comes from the platform of the data folder.
 */
export function signInFunction({ issuer, address, log }: SignInOptions): EmbeddedHttpFunction {
  const paths = { challenge: '/sign-in/challenge', signIn: '/sign-in' };
  return {
    name: 'sign-in',
    routes: Object.values(paths).map((path) => ({
      method: 'POST',
      path,
      authentication: 'none',
      throttle: { rate: 10, burst: 10 },
    })),
    async handle({ rawPath, body = '', isBase64Encoded, requestContext: { requestId } }) {
      try {
        const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
        const result =
          rawPath === paths.challenge
            ? { challenge: issuer.challenge() }
            : issuer.signIn({ ...readRequest(bytes), address: address() });

        return respond(200, requestId, asJson(await result));
      } catch (error) {
        return problemResponse(publicProblem(error, log), requestId);
      }
    },
  };
}

function publicProblem(error: unknown, log: Log): Problem {
  if (isWritError(error, ...PUBLIC_CODES))
    return { status: 403, code: error.code, detail: error.message };
  const problem = problemOf(error);
  if (problem.status < 500) return problem;
  const { code, message } = describeError(error, 'function.failed');
  log.line('error', 'a sign-in failed', { code, because: message });
  return problem;
}

function readRequest(bytes: Uint8Array): {
  readonly person: string;
  readonly challenge: string;
  readonly answer: string;
} {
  const { person, challenge, answer, ...others } = readJsonBody(bytes);
  const isText =
    typeof person === 'string' && typeof challenge === 'string' && typeof answer === 'string';
  if (
    isText &&
    [person, challenge, answer].every(({ length }) => length <= MAX_LENGTH) &&
    Object.keys(others).length === 0
  )
    return { person, challenge, answer };

  throw new RequestRefusedError(
    'request.body',
    `a sign-in request is {"person": …, "challenge": …, "answer": …}, each a string of at most ${MAX_LENGTH} characters`,
  );
}
