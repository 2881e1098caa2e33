import { answer, asJson, problemAnswer } from '#functions/middleware/http-answer.ts';
import { readJsonBody } from '#functions/middleware/http-json.ts';
import { type Problem, problemOf, RequestRefusedError } from '#functions/middleware/http-problem.ts';
import type { EmbeddedHttpFunction } from '#functions/wiring/embedded.ts';
import { describeError } from '#shared/audit/index.ts';
import { isWritError, type Log } from '#shared/kernel/index.ts';
import type { LocalIssuer } from '../embedded/local-issuer.ts';

/** What may be told of a refused sign-in. Of anything else that goes wrong nothing is. */
const TOLD = ['sign-in.refused', 'sign-in.too-many', 'sign-in.person'] as const;

/** `POST /sign-in` with `{ person, code }`: a token for a sample person. Mounted on one machine only; no deployment has it. */
export function signInFunction(issuer: Pick<LocalIssuer, 'signIn'>, log: Log): EmbeddedHttpFunction {
  return {
    name: 'sign-in',
    routes: [{ method: 'POST', path: '/sign-in', authentication: 'none', throttle: { rate: 10, burst: 10 } }],
    async handle({ body = '', isBase64Encoded, requestContext: { requestId } }) {
      try {
        const signedIn = await issuer.signIn(readForm(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')));
        return answer(200, requestId, asJson(signedIn));
      } catch (error) {
        return problemAnswer(toldOf(error, log), requestId);
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

function readForm(bytes: Uint8Array): { readonly person: string; readonly code: string } {
  const { person, code, ...others } = readJsonBody(bytes);
  if (typeof person === 'string' && typeof code === 'string' && Object.keys(others).length === 0) return { person, code };
  throw new RequestRefusedError('request.body', 'a sign-in is {"person": …, "code": …}, both of them text');
}
