import * as z from 'zod/mini';
import type { Json } from '#shared/kernel/index.ts';
import { JSON_MAX_BYTES, JSON_MAX_DEPTH } from '../middleware/http-json.ts';
import { PAGE, PAGE_DEFAULT, PAGE_MAX } from '../middleware/http-page.ts';
import { FAILED, PROBLEM_TITLES, PROBLEMS, type ProblemStatus, UNAVAILABLE } from '../middleware/http-problem.ts';
import { IDEMPOTENCY_KEY_MAX, UPLOAD_MAX_BYTES } from '../middleware/http-request.ts';
import type { BodyForm, Described, ObjectForm, Operation } from './endpoint.ts';

type Part = { readonly [key: string]: Json | undefined };

/** The operations of one function of the API. */
export interface OperationGroup {
  readonly name: string;
  readonly routes: readonly Operation[];
}

/**
 * The OpenAPI document (3.1) of an API, made of the schemas that check its requests and answers. Used where functions are built and
 * tested, never in one.
 *
 * @see https://spec.openapis.org/oas/v3.1.1
 */
export function openapiOf(groups: readonly OperationGroup[]): Part {
  const operations = groups.flatMap(({ name, routes }) => routes.map((route) => ({ ...route, group: name })));
  const paths = Map.groupBy(operations, ({ path }) => path);
  const shared = sharedResponses(operations);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Writ',
      version: '1',
      description:
        'Business automations with least privilege, an audit trail and approvals. Every request of a person leaves one audit entry before ' +
        'its answer. What is not there and what somebody may not see have one answer: 404. Problems are as in RFC 9457, with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'where this document is' }],
    tags: groups.map(({ name }) => ({ name })),
    security: [{ person: [] }],
    paths: Object.fromEntries(
      [...paths].map(([path, ofPath]) => [
        path,
        Object.fromEntries(ofPath.map((one) => [one.method.toLowerCase(), operationOf(one, shared)])),
      ]),
    ),
    components: {
      securitySchemes: {
        person: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: "A token of the environment's OpenID Connect issuer, for the API's audience, of at most fifteen minutes.",
        },
      },
      headers: { RequestId: { description: 'Names the request in entries and log lines.', required: true, schema: { type: 'string' } } },
      responses: Object.fromEntries([...shared.values()].map(({ name, response }) => [name, response])),
      schemas: { Problem: PROBLEM, GatewayMessage: GATEWAY_MESSAGE },
    },
  };
}

const PROBLEM: Part = {
  type: 'object',
  description: 'A problem, as in RFC 9457. Switch on `code`, which is stable; the words may change.',
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
};

/** What API Gateway says where it answers by itself. */
const GATEWAY_MESSAGE: Part = {
  type: 'object',
  description: 'What the gateway in front of the functions says by itself.',
  required: ['message'],
  properties: { message: { type: 'string' } },
};

/** Responses that several operations have, by their text. */
type Shared = ReadonlyMap<string, { readonly name: string; readonly response: Part }>;

/** Each is written down once, under a name of its status and, where there are several of it, a number. */
function sharedResponses(operations: readonly Operation[]): Shared {
  const all = operations.flatMap((operation) => Object.entries(problemsOf(operation)));
  const alike = [...Map.groupBy(all, ([, response]) => JSON.stringify(response))].filter(([, same]) => same.length > 1);
  const seen = new Map<string, number>();
  return new Map(
    alike.map(([text, [first]]) => {
      const [status, response] = first as [string, Part];
      const n = (seen.get(status) ?? 0) + 1;
      seen.set(status, n);
      return [text, { name: `Problem${status}${n === 1 ? '' : `-${n}`}`, response }];
    }),
  );
}

function operationOf(operation: Operation & { readonly group: string }, shared: Shared): Part {
  const { operationId, summary, takes, gives, authentication, group } = operation;
  const parameters = [...parametersOf(takes.path, 'path'), ...parametersOf(takes.query, 'query'), ...(takes.idempotencyKey ? [KEY] : [])];
  const statuses = [gives.status, ...(gives.again === undefined ? [] : [gives.again])];
  return {
    operationId,
    summary,
    tags: [group],
    ...(authentication === 'none' ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(takes.body === undefined ? {} : { requestBody: bodyOf(takes.body) }),
    responses: {
      ...Object.fromEntries(statuses.map((status) => [String(status), successOf(gives, status)])),
      ...Object.fromEntries(Object.entries(problemsOf(operation)).map(([status, response]) => [status, referred(response, shared)])),
    },
  };
}

function referred(response: Part, shared: Shared): Part {
  const known = shared.get(JSON.stringify(response));
  return known === undefined ? response : { $ref: `#/components/responses/${known.name}` };
}

/** JSON Schema 2020-12, which is what OpenAPI 3.1 has. */
function schemaOf(form: z.ZodMiniType, io: 'input' | 'output'): Part {
  const { $schema: _, '~standard': __, ...schema } = z.toJSONSchema(form, { io }) as Record<string, Json>;
  return schema;
}

/** What parameters mean that several operations have. */
const MEANINGS: Readonly<Record<string, string>> = {
  run: '`<workspace>.<automation>.<run id>`',
  gate: '`<workspace>.<automation>.<run id>.<gate>`',
  workspace: 'Name of a workspace.',
  automation: 'Name of an automation.',
  person: 'Id of a person of the directory.',
  role: 'Name of a role.',
  limit: 'The most that the page has. It may have less: what you may not see is left out.',
  cursor: 'As the page before gave it. It holds for you and this list.',
};
const LIMIT: Part = { type: 'integer', minimum: 1, maximum: PAGE_MAX, default: PAGE_DEFAULT };

const KEY: Part = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description: 'Chosen by you. The same key is the same request, however often it is sent: send again what you got no answer to.',
  schema: { type: 'string', minLength: 1, maxLength: IDEMPOTENCY_KEY_MAX, pattern: '^[ -~]+$' },
};

function parametersOf(form: ObjectForm | undefined, place: 'path' | 'query'): Part[] {
  if (form === undefined) return [];
  const { properties, required = [] } = schemaOf(form, 'input') as { properties: Record<string, Part>; required?: string[] };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(MEANINGS[name] === undefined ? {} : { description: MEANINGS[name] }),
    schema: form.shape[name] === PAGE.limit ? LIMIT : schema,
  }));
}

function bodyOf(body: BodyForm): Part {
  if ('json' in body)
    return {
      required: true,
      description: `At most ${JSON_MAX_BYTES} bytes and ${JSON_MAX_DEPTH} levels; each member once.`,
      content: { 'application/json': { schema: schemaOf(body.json, 'input') } },
    };
  return {
    required: true,
    description: `The bytes of a document, as they are: at most ${UPLOAD_MAX_BYTES}.`,
    content: Object.fromEntries(body.bytes.map((type) => [type, { schema: { type: 'string', contentMediaType: type } }])),
  };
}

const HEADERS: Part = { 'x-request-id': { $ref: '#/components/headers/RequestId' } };

function successOf({ json, csv, again }: Described['gives'], status: number): Part {
  return {
    description:
      status === again ? 'It had been done before; nothing was changed.' : status === 201 ? 'It was done.' : 'What was asked for.',
    headers: HEADERS,
    content: {
      'application/json': { schema: schemaOf(json, 'output') },
      ...(csv === undefined
        ? {}
        : { 'text/csv': { schema: { type: 'string', description: 'A row of headings, then a row for each item.' } } }),
    },
  };
}

/** Codes that any operation may give. */
const OF_ALL = ['request.query', 'request.body', 'request.origin'];
const OF_PERSONS = ['request.unidentified', 'request.not-found', 'access.denied', 'request.answer-too-large'];
const OF_BODIES = ['request.body-type', 'request.body-too-large'];

function problemsOf({ takes, gives, authentication }: Operation): Readonly<Record<string, Part>> {
  const codes = [
    ...OF_ALL,
    ...(authentication === 'person' ? OF_PERSONS : []),
    ...(takes.body === undefined ? [] : OF_BODIES),
    ...(takes.idempotencyKey ? ['request.idempotency-key'] : []),
    ...(gives.refusals ?? []),
  ];
  const known = [
    ...codes.map((code) => ({ code, status: PROBLEMS[code] ?? 422 })), // what else is refused was refused by an intake
    ...[FAILED, UNAVAILABLE],
  ];
  const byStatus = Map.groupBy(known, ({ status }) => status);
  // what an intake finds wrong with an upload has codes of its automation
  const isOpen = (status: ProblemStatus) => status === 422 && takes.body !== undefined && 'bytes' in takes.body;
  const problems = [...byStatus].map(([status, of]) => {
    const all = [...new Set(of.map(({ code }) => code))].sort();
    return [String(status), problemResponse(status, all, isOpen(status))] as const;
  });
  return Object.fromEntries([...problems, ['429', TOO_MANY]].sort());
}

const TOO_MANY: Part = {
  description: 'Too many requests at once.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/GatewayMessage' } } },
};

function problemResponse(status: ProblemStatus, codes: readonly string[], isOpen: boolean): Part {
  const code = isOpen ? { type: 'string' } : { type: 'string', enum: codes };
  return {
    description: `${PROBLEM_TITLES[status]}: ${codes.map((one) => `\`${one}\``).join(', ')}${isOpen ? ', and codes of the automation' : ''}.`,
    headers: {
      ...HEADERS,
      ...(status === 401 ? { 'www-authenticate': { schema: { type: 'string' } } } : {}),
      ...(status === 503 ? { 'retry-after': { schema: { type: 'integer' } } } : {}),
    },
    content: {
      'application/problem+json': {
        schema: {
          allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties: { status: { const: status }, code } }],
        },
      },
      ...(status === 401 ? { 'application/json': { schema: { $ref: '#/components/schemas/GatewayMessage' } } } : {}),
    },
  };
}
