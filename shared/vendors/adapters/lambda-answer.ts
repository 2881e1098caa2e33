import * as z from 'zod/mini';
import {
  requestHash,
  responseHash,
  type VendorOutcome,
  type VendorRequest,
} from '#shared/engine/index.ts';
import { parseJson } from '#shared/kernel/index.ts';

/**
 * Maximum size of an answer, in bytes: twice the response size that a vendor function accepts,
 * because JSON escapes some characters.
 */
const MAX_ANSWER_BYTES = 512 * 1_024;

/**
 * Texts with the limits of an audit entry, because every accepted answer must fit into an entry.
 */
const id = z.string().check(z.minLength(1), z.maxLength(256));
const hash = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));

const answer = z.strictObject({
  outcome: z.enum(['answered', 'refused', 'unsent', 'unknown']),
  use: z.strictObject({
    vendor: id,
    host: id,
    status: z.optional(z.int().check(z.minimum(100), z.maximum(599))),
    secret: z.optional(id),
    request: hash,
    response: z.optional(hash),
  }),
  body: z.optional(z.string()),
  code: z.optional(z.string().check(z.regex(/^[a-z][a-z0-9-]{0,63}$/))),
});

/**
 * Validates the answer of a vendor function. Returns a code if the answer is not accepted. The
 * answer decides whether a request is sent again, so it must be complete, about this exact request,
 * and consistent.
 */
export function readAnswer(
  status: number | undefined,
  payload: Uint8Array | undefined,
  vendor: string,
  request: VendorRequest,
): VendorOutcome | string {
  if (status !== 200 || !(payload instanceof Uint8Array)) return 'answer-invalid';
  if (payload.length > MAX_ANSWER_BYTES) return 'answer-too-large';
  const parsed = answer.safeParse(jsonOf(payload));
  if (!parsed.success) return 'answer-invalid';
  const { outcome, use, body, code } = parsed.data;
  if (use.vendor !== vendor || use.request !== requestHash(request)) return 'answer-of-another';
  if (use.response !== (body === undefined ? undefined : responseHash(request, body)))
    return 'answer-invalid';
  if (!isConsistent(outcome, use.status, body)) return 'answer-invalid';

  return {
    outcome,
    use,
    body,
    code,
  };
}

/**
 * Returns true for a consistent answer: `answered` and `refused` have a status and a body, `unsent`
 * has neither.
 */
function isConsistent(
  outcome: VendorOutcome['outcome'],
  status: number | undefined,
  body: string | undefined,
): boolean {
  if (outcome === 'unknown') return true;
  return outcome === 'unsent'
    ? status === undefined && body === undefined
    : status !== undefined && body !== undefined;
}

function jsonOf(payload: Uint8Array): unknown {
  try {
    return parseJson(payload);
  } catch {
    return undefined; // no schema accepts undefined
  }
}
