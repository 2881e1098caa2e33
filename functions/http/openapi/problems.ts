import { omitUndefined } from '#shared/kernel/index.ts';
import type { Operation } from '../../framework/http/endpoint.ts';
import {
  FAILED,
  PROBLEM_TITLES,
  PROBLEMS,
  type ProblemStatus,
  UNAVAILABLE,
} from '../../framework/http/problem.ts';
import type { OpenapiObject } from './schemas.ts';

/**
 * Schemas of error bodies: problem details, and the messages of API Gateway for requests that it
 * refuses itself. Both declare `code`, so clients can always read it.
 */
export const PROBLEM_SCHEMAS: Readonly<Record<string, OpenapiObject>> = {
  Problem: {
    type: 'object',
    description:
      'Problem details (RFC 9457). Switch on `code`, which is stable; the other texts may change.',
    required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
    additionalProperties: false,
    properties: {
      type: { type: 'string', pattern: '^urn:writ:problem:' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      help: { type: 'string', description: 'What to do next. Absent where `detail` is enough.' },
      code: { type: 'string' },
      requestId: { type: 'string' },
    },
  },
  GatewayMessage: {
    type: 'object',
    description: 'Message of the gateway for a request that it refuses itself.',
    required: ['message'],
    properties: {
      message: { type: 'string' },
      // Declared as a string, so that generated clients keep the member. The enum has only the
      // empty string, so that the codes of problems remain a closed list.
      code: {
        type: 'string',
        enum: [''],
        description: 'Never present: only problems have a code.',
      },
    },
  },
};

/** Headers that several responses share. */
export const HEADERS: Readonly<Record<string, OpenapiObject>> = {
  RequestId: {
    description: 'Identifies the request in audit entries and log lines.',
    required: true,
    schema: { type: 'string' },
  },
  Link: {
    description: 'Link to the next page (RFC 8288, `rel="next"`). Absent on the last page.',
    schema: { type: 'string' },
  },
  ContentDisposition: {
    description: 'File name for saving. CSV only.',
    schema: { type: 'string' },
  },
  RetryAfter: {
    description: 'Seconds to wait before a retry.',
    required: true,
    schema: { type: 'integer' },
  },
  Challenge: {
    description: 'Required authentication (RFC 6750): a bearer token.',
    required: true,
    schema: { type: 'string' },
  },
};

export const headerNamed = (name: string): OpenapiObject => ({
  $ref: `#/components/headers/${name}`,
});

/** Error codes that every operation can return. */
const COMMON_CODES = ['request.query', 'request.body'];
const PERSON_CODES = [
  'request.unidentified',
  'request.origin',
  'request.not-found',
  'access.denied',
  'request.answer-too-large',
];
const BODY_CODES = ['request.body-type', 'request.body-encoding', 'request.body-too-large'];

/** Returns the error responses of an operation, by status. */
export function problemsOf({
  request,
  response,
  authentication,
}: Operation): Readonly<Record<string, OpenapiObject>> {
  const codes = [...COMMON_CODES];
  if (authentication === 'person') codes.push(...PERSON_CODES);
  if (request.body !== undefined) codes.push(...BODY_CODES);
  if (request.idempotencyKey) codes.push('request.idempotency-key');
  codes.push(...(response.refusals ?? []));

  const known = [
    // Any other code is a refusal by an intake.
    ...codes.map((code) => ({ code, status: PROBLEMS[code] ?? 422 })),
    ...[FAILED, UNAVAILABLE],
  ];

  const byStatus = Map.groupBy(known, ({ status }) => status);
  // An intake refuses an upload with the codes of its automation.
  const isOpen = (status: ProblemStatus) =>
    status === 422 && request.body !== undefined && 'bytes' in request.body;
  const problems = [...byStatus].map(([status, group]) => {
    const all = [...new Set(group.map(({ code }) => code))].sort();
    return [String(status), problemResponse(status, all, isOpen(status))] as const;
  });

  return Object.fromEntries([...problems, ['429', TOO_MANY]].sort());
}

const GATEWAY_MESSAGE: OpenapiObject = { schema: { $ref: '#/components/schemas/GatewayMessage' } };
const TOO_MANY: OpenapiObject = {
  description: 'Too Many Requests.',
  content: { 'application/json': GATEWAY_MESSAGE },
};

function problemResponse(
  status: ProblemStatus,
  codes: readonly string[],
  isOpen: boolean,
): OpenapiObject {
  const code = isOpen ? { type: 'string' } : { type: 'string', enum: codes };
  return {
    description: `${PROBLEM_TITLES[status]}: ${codes.map((one) => `\`${one}\``).join(', ')}${isOpen ? ', and codes of the automation' : ''}.`,
    headers: headersOf(status),
    content: omitUndefined({
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { type: 'object', properties: { status: { const: status }, code } },
          ],
        },
      },
      'application/json': status === 401 ? GATEWAY_MESSAGE : undefined,
    }),
  };
}

function headersOf(status: ProblemStatus): OpenapiObject {
  // API Gateway itself refuses an invalid token, without a request id.
  if (status === 401)
    return {
      'x-request-id': { ...HEADERS.RequestId, required: false },
      'www-authenticate': headerNamed('Challenge'),
    };

  return omitUndefined({
    'x-request-id': headerNamed('RequestId'),
    'retry-after': status === 503 ? headerNamed('RetryAfter') : undefined,
  });
}
