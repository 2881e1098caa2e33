import type { LocalIssuer } from '#functions/embedded/local-issuer.ts';
import { readJsonBody } from '#functions/framework/http/json.ts';
import { type Problem, problemOf, RequestRefusedError } from '#functions/framework/http/problem.ts';
import { asJson, problemResponse, respond } from '#functions/framework/http/response.ts';
import type { EmbeddedHttpFunction } from '#functions/wiring/embedded.ts';
import { describeError } from '#shared/audit/index.ts';
import { isWritError, type Log } from '#shared/kernel/index.ts';

/** What may be told of a refused sign-in. Of anything else that goes wrong nothing is. */
const TOLD = ['sign-in.refused', 'sign-in.too-many', 'sign-in.person'] as const;
/** Of what is sent, in characters. */
const LONGEST = 200;

export interface SignInOptions {
  readonly issuer: Pick<LocalIssuer, 'challenge' | 'signIn'>;
  /** Host and port at which the API listens. */
  readonly address: () => string;
  readonly log: Log;
}

/**
 * `POST /sign-in/challenge`: `{ challenge }`. Then `POST /sign-in` with `{ person, challenge,
 * answer }`: a token for a sample person, and a proof that it comes from the platform of the data
 * folder. Mounted on one machine only; no deployment has it.
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
        const given = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
        const told =
          rawPath === paths.challenge
            ? { challenge: issuer.challenge() }
            : issuer.signIn({ ...readForm(given), address: address() });

        return respond(200, requestId, asJson(await told));
      } catch (error) {
        return problemResponse(toldOf(error, log), requestId);
      }
    },
  };
}

function toldOf(error: unknown, log: Log): Problem {
  if (isWritError(error, ...TOLD)) return { status: 403, code: error.code, detail: error.message };
  const problem = problemOf(error);
  if (problem.status < 500) return problem;
  const { code, message } = describeError(error, 'function.failed');
  log.line('error', 'a sign-in failed', { code, because: message });
  return problem;
}

function readForm(bytes: Uint8Array): {
  readonly person: string;
  readonly challenge: string;
  readonly answer: string;
} {
  const { person, challenge, answer, ...others } = readJsonBody(bytes);
  const isText =
    typeof person === 'string' && typeof challenge === 'string' && typeof answer === 'string';
  if (
    isText &&
    [person, challenge, answer].every(({ length }) => length <= LONGEST) &&
    Object.keys(others).length === 0
  )
    return { person, challenge, answer };

  throw new RequestRefusedError(
    'request.body',
    `a sign-in is {"person": …, "challenge": …, "answer": …}, each of them text of at most ${LONGEST} characters`,
  );
}
