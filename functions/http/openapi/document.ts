import { omitUndefined } from '#shared/kernel/index.ts';
import type { BodySchema, ObjectSchema, Operation } from '../../framework/http/endpoint.ts';
import { JSON_MAX_BYTES, JSON_MAX_DEPTH } from '../../framework/http/json.ts';
import { PAGE, PAGE_DEFAULT, PAGE_MAX } from '../../framework/http/page.ts';
import { IDEMPOTENCY_KEY_MAX, UPLOAD_MAX_BYTES } from '../../framework/http/request.ts';
import { EXAMPLES } from './examples.ts';
import { HEADERS, headerNamed, PROBLEM_SCHEMAS, problemsOf } from './problems.ts';
import { type OpenapiObject, type Schemas, schemaOf, schemasOf } from './schemas.ts';

/** Operations of one function of the API. */
export interface OperationGroup {
  readonly name: string;
  readonly routes: readonly Operation[];
}

/**
 * Builds the OpenAPI 3.1 document of an API from the schemas that validate its requests and
 * responses. Runs in builds and tests only. The order of the operations does not affect the result.
 *
 * @see https://spec.openapis.org/oas/v3.1.1
 */
export function openapiOf(groups: readonly OperationGroup[]): OpenapiObject {
  const operations = groups
    .flatMap(({ name, routes }) => routes.map((route) => ({ ...route, group: name })))
    .sort(byPath);
  const paths = Map.groupBy(operations, ({ path }) => path);
  const shared = sharedResponses(operations);
  const schemas = schemasOf(operations);

  return {
    openapi: '3.1.1',
    info: {
      title: 'Writ',
      version: '1',
      description:
        'Business automations with least privilege, an audit trail and approvals. Every request of a person commits one audit entry before ' +
        'its response; a start commits a second one, for the outcome of the intake. Missing resources and resources that the caller is not ' +
        'allowed to see get the same response: 404. Problems follow RFC 9457 and have a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The server that this document was read from.' }],
    tags: groups.map(({ name }) => ({ name })).sort((a, b) => inOrder(a.name, b.name)),
    security: [{ person: [] }],
    paths: Object.fromEntries(
      [...paths].map(([path, ofPath]) => [
        path,
        Object.fromEntries(
          ofPath.map((one) => [one.method.toLowerCase(), operationOf(one, shared, schemas)]),
        ),
      ]),
    ),
    components: {
      securitySchemes: {
        person: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            "Token of the environment's OpenID Connect issuer, for the audience of the API, valid for at most 15 minutes.",
        },
      },
      headers: HEADERS,
      responses: Object.fromEntries(
        [...shared.values()].map(({ name, response }) => [name, response]),
      ),
      schemas: { ...PROBLEM_SCHEMAS, ...schemas.named },
    },
  };
}

const inOrder = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const byPath = (a: Operation, b: Operation) =>
  inOrder(a.path, b.path) || inOrder(a.method, b.method);

/** Responses that several operations share, by the JSON of the response. */
type Shared = ReadonlyMap<string, { readonly name: string; readonly response: OpenapiObject }>;

/**
 * Collects the responses that several operations share. A response is named by its status, followed
 * by a number if several have that status.
 */
function sharedResponses(operations: readonly Operation[]): Shared {
  const all = operations.flatMap((operation) => Object.entries(problemsOf(operation)));
  const alike = [...Map.groupBy(all, ([, response]) => JSON.stringify(response))].filter(
    ([, same]) => same.length > 1,
  );
  const seen = new Map<string, number>();

  return new Map(
    alike.map(([text, [first]]) => {
      const [status, response] = first as [string, OpenapiObject];
      const n = (seen.get(status) ?? 0) + 1;
      seen.set(status, n);
      return [text, { name: `Problem${status}${n === 1 ? '' : `-${n}`}`, response }];
    }),
  );
}

function operationOf(
  operation: Operation & { readonly group: string },
  shared: Shared,
  schemas: Schemas,
): OpenapiObject {
  const { operationId, summary, request, response, authentication, group } = operation;
  const parameters = [
    ...parametersOf(request.path, 'path'),
    ...parametersOf(request.query, 'query'),
  ];
  if (request.idempotencyKey) parameters.push(KEY);

  const statuses: number[] = [response.status];
  if (response.again !== undefined) statuses.push(response.again);

  return omitUndefined({
    operationId,
    summary,
    tags: [group],
    security: authentication === 'none' ? [] : undefined,
    parameters: parameters.length === 0 ? undefined : parameters,
    requestBody:
      request.body === undefined ? undefined : bodyOf(request.body, operationId, schemas),
    responses: {
      ...Object.fromEntries(
        statuses.map((status) => [String(status), successOf(operation, status, schemas)]),
      ),
      ...Object.fromEntries(
        Object.entries(problemsOf(operation)).map(([status, response]) => [
          status,
          referred(response, shared),
        ]),
      ),
    },
  });
}

function referred(response: OpenapiObject, shared: Shared): OpenapiObject {
  const known = shared.get(JSON.stringify(response));
  return known === undefined ? response : { $ref: `#/components/responses/${known.name}` };
}

/** Descriptions of parameters that several operations share. */
const MEANINGS: Readonly<Record<string, string>> = {
  run: '`<workspace>.<automation>.<run id>`',
  gate: '`<workspace>.<automation>.<run id>.<gate>`',
  workspace: 'Name of a workspace.',
  automation: 'Name of an automation.',
  person: 'Id of a person in the directory.',
  role: 'Name of a role.',
  limit:
    'Maximum number of items. A page can have fewer: items that you are not allowed to see are left out.',
  cursor: 'Cursor of the previous page. Valid for you and this list only.',
};
const LIMIT: OpenapiObject = {
  type: 'integer',
  minimum: 1,
  maximum: PAGE_MAX,
  default: PAGE_DEFAULT,
};

const KEY: OpenapiObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description:
    'Key that you choose. Requests with the same key are one request, so it is safe to repeat one that got no response. Send the header once.',
  schema: { type: 'string', minLength: 1, maxLength: IDEMPOTENCY_KEY_MAX, pattern: '^[ -~]+$' },
};

function parametersOf(
  schema: ObjectSchema | undefined,
  location: 'path' | 'query',
): OpenapiObject[] {
  if (schema === undefined) return [];

  const { properties, required = [] } = schemaOf(schema, 'input') as {
    properties: Record<string, OpenapiObject>;
    required?: string[];
  };

  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: location,
    required: location === 'path' || required.includes(name),
    description: MEANINGS[name],
    schema: schema.shape[name] === PAGE.limit ? LIMIT : property,
  }));
}

function bodyOf(body: BodySchema, operationId: string, schemas: Schemas): OpenapiObject {
  if ('json' in body)
    return {
      required: true,
      description: `JSON of at most ${JSON_MAX_BYTES} bytes and ${JSON_MAX_DEPTH} levels, without repeated members.`,
      content: {
        'application/json': omitUndefined({
          schema: schemas.describe(schemaOf(body.json, 'input'), operationId),
          example: EXAMPLES[operationId]?.body,
        }),
      },
    };

  return {
    required: true,
    description:
      `The unchanged bytes of a document, at most ${UPLOAD_MAX_BYTES}. Clients that serialize bodies as JSON by default, ` +
      'such as openapi-fetch, need `bodySerializer: (body) => body`.',
    // Bytes have no schema: with a schema, generated clients would accept only text.
    content: Object.fromEntries(body.bytes.map((type) => [type, {}])),
  };
}

const CSV: OpenapiObject = {
  schema: { type: 'string', description: 'A header row, then one row for each item.' },
};

function successOf(
  { operationId, request, response: { json, csv, again } }: Operation,
  status: number,
  schemas: Schemas,
): OpenapiObject {
  const isPaged = request.query !== undefined && Object.hasOwn(request.query.shape, 'cursor');
  return {
    description:
      status === again
        ? 'The request had been completed before; nothing changed.'
        : status === 201
          ? 'The request was completed.'
          : 'The requested resource.',
    headers: omitUndefined({
      'x-request-id': headerNamed('RequestId'),
      link: isPaged ? headerNamed('Link') : undefined,
      'content-disposition': csv && headerNamed('ContentDisposition'),
    }),
    content: omitUndefined({
      'application/json': omitUndefined({
        schema: schemas.describe(schemaOf(json, 'output'), operationId),
        example: status === again ? undefined : EXAMPLES[operationId]?.answer,
      }),
      'text/csv': csv && CSV,
    }),
  };
}
