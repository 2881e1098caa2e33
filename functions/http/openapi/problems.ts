import type { Operation } from '../../framework/http/endpoint.ts';
import {
  FAILED,
  PROBLEM_TITLES,
  PROBLEMS,
  type ProblemStatus,
  UNAVAILABLE,
} from '../../framework/http/problem.ts';
import type { Part } from './schemas.ts';

/**
 * Problem details, and what API Gateway says where it answers by itself. Both have a `code`, so
 * clients can always ask for it.
 */
export const PROBLEM_SCHEMAS: Readonly<Record<string, Part>> = {
  Problem: {
    type: 'object',
    description:
      'A problem, as in RFC 9457. Switch on `code`, which is stable; the words may change.',
    required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
    additionalProperties: false,
    properties: {
      type: { type: 'string', pattern: '^urn:writ:problem:' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      code: { type: 'string' },
      requestId: { type: 'string' },
    },
  },
  GatewayMessage: {
    type: 'object',
    description: 'What the gateway in front of the functions says by itself.',
    required: ['message'],
    properties: {
      message: { type: 'string' },
      // a text, so that generated clients do not leave it out, and one that leaves the codes of
      // problems a closed list
      code: { type: 'string', enum: [''], description: 'Never there: only a problem has one.' },
    },
  },
};

/** Headers that several answers have. */
export const HEADERS: Readonly<Record<string, Part>> = {
  RequestId: {
    description: 'Names the request in entries and log lines.',
    required: true,
    schema: { type: 'string' },
  },
  Link: {
    description: 'Where the next page is (RFC 8288, `rel="next"`). Absent: this is the last one.',
    schema: { type: 'string' },
  },
  ContentDisposition: {
    description: 'Of CSV only: the name of a file to keep it in.',
    schema: { type: 'string' },
  },
  RetryAfter: {
    description: 'Seconds until it is worth asking again.',
    required: true,
    schema: { type: 'integer' },
  },
  Challenge: {
    description: 'How to identify oneself (RFC 6750): by a bearer token.',
    required: true,
    schema: { type: 'string' },
  },
};

export const headerNamed = (name: string): Part => ({ $ref: `#/components/headers/${name}` });

/** Codes that any operation may give. */
const OF_ALL = ['request.query', 'request.body'];
const OF_PERSONS = [
  'request.unidentified',
  'request.origin',
  'request.not-found',
  'access.denied',
  'request.answer-too-large',
];
const OF_BODIES = ['request.body-type', 'request.body-encoding', 'request.body-too-large'];

/** Answers of an operation that are no success, by status. */
export function problemsOf({
  request,
  response,
  authentication,
}: Operation): Readonly<Record<string, Part>> {
  const codes = [
    ...OF_ALL,
    ...(authentication === 'person' ? OF_PERSONS : []),
    ...(request.body === undefined ? [] : OF_BODIES),
    ...(request.idempotencyKey ? ['request.idempotency-key'] : []),
    ...(response.refusals ?? []),
  ];

  const known = [
    // what else is refused was refused by an intake
    ...codes.map((code) => ({ code, status: PROBLEMS[code] ?? 422 })),
    ...[FAILED, UNAVAILABLE],
  ];

  const byStatus = Map.groupBy(known, ({ status }) => status);
  // what an intake finds wrong with an upload has codes of its automation
  const isOpen = (status: ProblemStatus) =>
    status === 422 && request.body !== undefined && 'bytes' in request.body;
  const problems = [...byStatus].map(([status, of]) => {
    const all = [...new Set(of.map(({ code }) => code))].sort();
    return [String(status), problemResponse(status, all, isOpen(status))] as const;
  });

  return Object.fromEntries([...problems, ['429', TOO_MANY]].sort());
}

const BY_GATEWAY: Part = {
  'application/json': { schema: { $ref: '#/components/schemas/GatewayMessage' } },
};
const TOO_MANY: Part = { description: 'Too many requests at once.', content: BY_GATEWAY };

function problemResponse(status: ProblemStatus, codes: readonly string[], isOpen: boolean): Part {
  const code = isOpen ? { type: 'string' } : { type: 'string', enum: codes };
  return {
    description: `${PROBLEM_TITLES[status]}: ${codes.map((one) => `\`${one}\``).join(', ')}${isOpen ? ', and codes of the automation' : ''}.`,
    headers: headersOf(status),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { type: 'object', properties: { status: { const: status }, code } },
          ],
        },
      },
      ...(status === 401 ? BY_GATEWAY : {}),
    },
  };
}

function headersOf(status: ProblemStatus): Part {
  // the gateway refuses a bad token by itself, and names no request
  if (status === 401)
    return {
      'x-request-id': { ...HEADERS.RequestId, required: false },
      'www-authenticate': headerNamed('Challenge'),
    };

  return {
    'x-request-id': headerNamed('RequestId'),
    ...(status === 503 ? { 'retry-after': headerNamed('RetryAfter') } : {}),
  };
}
