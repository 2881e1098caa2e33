import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { DefectError } from '#shared/kernel/index.ts';
import type { Answer, Operation } from './endpoint.ts';
import {
  PROBLEM_TITLES,
  type Problem,
  type ProblemStatus,
  RequestRefusedError,
} from './problem.ts';

/** Response of an HTTP API, payload 2.0. */
export type Result = APIGatewayProxyStructuredResultV2;

/**
 * Maximum size of a response in bytes. Lambda allows 6 MB, and the body is escaped again as a JSON
 * string.
 */
const ANSWER_MAX_BYTES = 4 * 1_024 * 1_024;

/**
 * Headers of every response. Responses are data: a browser must not render them, guess their type,
 * cache them or pass them to another site.
 */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer', // URLs contain ids
  'strict-transport-security': 'max-age=63072000',
  'x-content-type-options': 'nosniff',
};

interface Content {
  readonly type: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Converts the answer of an operation to a response in the accepted content type. An answer that
 * does not match the declared schema is a defect and is not sent, because it might reveal too much.
 *
 * @throws {@link RequestRefusedError} `request.answer-too-large`.
 */
export function toResponse(
  { response, operationId }: Operation,
  answer: Answer,
  event: APIGatewayProxyEventV2,
  requestId: string,
): Result {
  const { success, data } = response.json.safeParse(answer.body);
  if (!success)
    throw new DefectError(
      `the answer of operation ${operationId} does not match its response schema`,
    );

  const content =
    response.csv !== undefined && wantsCsv(event.headers.accept)
      ? asCsv(response.csv(data as never), operationId)
      : asJson(data);

  const bytes = Buffer.byteLength(content.text);
  if (bytes > ANSWER_MAX_BYTES)
    throw new RequestRefusedError(
      'request.answer-too-large',
      `the response would have ${bytes} bytes, more than the limit of ${ANSWER_MAX_BYTES}; ask for a smaller page`,
    );

  const status = answer.again === undefined ? response.status : (response.again ?? response.status);

  return respond(status, requestId, {
    ...content,
    headers: { ...answer.headers, ...content.headers },
  });
}

/** Builds a response with the headers that every response has. */
export function respond(
  status: number,
  requestId: string,
  { type, text, headers }: Content,
): Result {
  return {
    statusCode: status,
    headers: { ...headers, ...HEADERS, 'content-type': type, 'x-request-id': requestId },
    body: text,
  };
}

/**
 * Returns the response to HEAD: the response to GET without its body.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110, section 9.3.2
 */
export const withoutBody = ({ body: _, ...head }: Result): Result => head;

/**
 * Builds a problem response (RFC 9457). Responses with the same code differ only in the request id.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function problemResponse(
  { status, code, detail, help }: Problem,
  requestId: string,
): Result {
  const body = {
    type: `urn:writ:problem:${code}`,
    title: PROBLEM_TITLES[status],
    status,
    detail,
    help,
    code,
    requestId,
  };
  return respond(status, requestId, {
    type: 'application/problem+json',
    text: JSON.stringify(body),
    headers: PROBLEM_HEADERS[status] ?? {},
  });
}

const PROBLEM_HEADERS: Partial<Record<ProblemStatus, Readonly<Record<string, string>>>> = {
  401: { 'www-authenticate': 'Bearer' },
  503: { 'retry-after': '1' },
};

export const asJson = (body: unknown): Content => ({
  type: 'application/json',
  text: JSON.stringify(body),
});

/** Returns CSV content as an attachment named after the operation. */
export const asCsv = (text: string, name: string): Content => ({
  type: 'text/csv; charset=utf-8; header=present',
  text,
  headers: { 'content-disposition': `attachment; filename="${name}.csv"`, vary: 'accept' },
});

/** Returns true if an `Accept` header prefers CSV to JSON. */
export function wantsCsv(accept: string | undefined): boolean {
  const weights = new Map((accept ?? '').toLowerCase().split(',').map(parseWeight));
  const csv = weights.get('text/csv') ?? 0;
  return csv > 0 && csv > (weights.get('application/json') ?? 0);
}

function parseWeight(range: string): [string, number] {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
  const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return [type, q === undefined ? 1 : Number(q) || 0];
}
