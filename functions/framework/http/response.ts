import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { DefectError } from '#shared/kernel/index.ts';
import type { Answer, Operation } from './endpoint.ts';
import { PROBLEM_TITLES, type Problem, RequestRefusedError } from './problem.ts';

/** What leaves: an answer of an HTTP API, payload 2.0. */
export type Result = APIGatewayProxyStructuredResultV2;

/**
 * The most that an answer may have, in bytes: Lambda gives 6 MB, and JSON is written into JSON once
 * more.
 */
const ANSWER_MAX_BYTES = 4 * 1_024 * 1_024;

/**
 * Headers of every answer. It is data: no browser may show it as a page, guess its type, keep it,
 * or hand it to another site.
 */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer', // addresses hold ids
  'strict-transport-security': 'max-age=63072000',
  'x-content-type-options': 'nosniff',
};

interface Content {
  readonly type: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The answer of an operation as it leaves, in the content type that is wanted. What does not fit
 * what was promised is a defect, and stays inside: it might show too much.
 *
 * @throws {@link RequestRefusedError} `request.answer-too-large`.
 */
export function toResponse(
  { response, operationId }: Operation,
  given: Answer,
  event: APIGatewayProxyEventV2,
  requestId: string,
): Result {
  const { success, data } = response.json.safeParse(given.body);
  if (!success)
    throw new DefectError(
      `the answer of operation ${operationId} is not of the form that it gives`,
    );

  const content =
    response.csv !== undefined && wantsCsv(event.headers.accept)
      ? asCsv(response.csv(data as never), operationId)
      : asJson(data);

  const bytes = Buffer.byteLength(content.text);
  if (bytes > ANSWER_MAX_BYTES)
    throw new RequestRefusedError(
      'request.answer-too-large',
      `the answer would have ${bytes} bytes; ${ANSWER_MAX_BYTES} can be given`,
    );

  const status = given.again === undefined ? response.status : (response.again ?? response.status);

  return answer(status, requestId, {
    ...content,
    headers: { ...given.headers, ...content.headers },
  });
}

/** An answer with every header that it must have. */
export function answer(
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
 * The answer to HEAD: the same as to GET, without its body.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110, section 9.3.2
 */
export const headOf = ({ body: _, ...head }: Result): Result => head;

/**
 * An answer that tells of a problem (RFC 9457). Two of one code differ in nothing but the request
 * id.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function problemAnswer({ status, code, detail }: Problem, requestId: string): Result {
  const body = {
    type: `urn:writ:problem:${code}`,
    title: PROBLEM_TITLES[status],
    status,
    detail,
    code,
    requestId,
  };
  return answer(status, requestId, {
    type: 'application/problem+json',
    text: JSON.stringify(body),
    headers: {
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(status === 503 ? { 'retry-after': '1' } : {}),
    },
  });
}

export const asJson = (body: unknown): Content => ({
  type: 'application/json',
  text: JSON.stringify(body),
});

/** CSV under the name of the operation, to be kept as a file. */
export const asCsv = (text: string, name: string): Content => ({
  type: 'text/csv; charset=utf-8; header=present',
  text,
  headers: { 'content-disposition': `attachment; filename="${name}.csv"`, vary: 'accept' },
});

/** Whether CSV is wanted more than JSON. */
export function wantsCsv(accept: string | undefined): boolean {
  const weights = new Map((accept ?? '').toLowerCase().split(',').map(weighted));
  const csv = weights.get('text/csv') ?? 0;
  return csv > 0 && csv > (weights.get('application/json') ?? 0);
}

function weighted(range: string): [string, number] {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
  const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return [type, q === undefined ? 1 : Number(q) || 0];
}
