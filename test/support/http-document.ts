import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { routeTable } from '#functions/embedded/route-table.ts';
import type { Method } from '#functions/framework/http/route.ts';
import type { Answered } from './http-request.ts';

type Part = { readonly [key: string]: unknown };

/** `docs/openapi.json`, as far as tests look into it. */
interface Document {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly operationId: string; readonly responses: Part }>>
    >
  >;
}

const DOCUMENT = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8'),
) as Document;

/** Every operation of the document. */
export const OPERATIONS = Object.entries(DOCUMENT.paths).flatMap(([path, ofPath]) =>
  Object.entries(ofPath).map(([method, { operationId, responses }]) => ({
    path,
    method: method.toUpperCase(),
    operationId,
    responses,
  })),
);

const find = routeTable(
  OPERATIONS.map(({ path, method, ...operation }) => ({
    ...operation,
    routes: [{ path, method: method as Method, authentication: 'person' as const }],
  })),
);

/**
 * What the server in front says by itself, where no function answered: no request id, and one of
 * these sentences, or no body at all. That it failed, or waited in vain for a function, is not
 * among them.
 */
const OF_THE_GATEWAY = new Map([
  [400, 'Bad Request'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [413, 'Request Entity Too Large'],
  [421, 'Misdirected Request'],
  [431, 'Request Header Fields Too Large'],
]);

/** The operation that a request is for; undefined where none is. */
export function operationOf(method: string, target: string): string | undefined {
  try {
    return find(method, target.split('?')[0] ?? '')?.fn.operationId;
  } catch {
    return undefined; // no text in percent-encoding: no route is found for it
  }
}

/** What of an answer is not as the document says; undefined when all of it is. */
export function wrongWith(
  method: string,
  target: string,
  { status, headers, text }: Omit<Answered, 'json'>,
): string | undefined {
  const type = (headers['content-type'] ?? '').split(';')[0] ?? '';

  if (headers['x-request-id'] === undefined) {
    const said = OF_THE_GATEWAY.get(status);
    return said !== undefined && ['', JSON.stringify({ message: said })].includes(text)
      ? undefined
      : `status ${status} names no request: ${text}`;
  }

  const operation = operationOf(method, target);
  if (operation === undefined)
    return `status ${status} is of a function, and there is no such operation`;

  const validate = validatorOf(operation, status, type);
  if (validate === undefined)
    return `status ${status} with content of type ${type} is not documented: ${text}`;
  if (method === 'HEAD') return text === '' ? undefined : 'the answer to HEAD has a body';

  return validate(type.endsWith('json') ? JSON.parse(text) : text)
    ? undefined
    : ajv.errorsText(validate.errors);
}

/** @throws what of the answer is not as the document says. */
export function asDocumented(method: string, target: string, answered: Answered): Answered {
  const wrong = wrongWith(method, target, answered);
  if (wrong !== undefined)
    throw new Error(`the answer to ${method} ${target} is not as docs/openapi.json says: ${wrong}`);
  return answered;
}

const ajv = new Ajv2020({ strict: false });
formats.default(ajv);
ajv.addSchema(DOCUMENT, 'api');

const validators = new Map<string, ValidateFunction | undefined>();

/** Compiled at its first use, once for a process. */
function validatorOf(
  operationId: string,
  status: number,
  type: string,
): ValidateFunction | undefined {
  const key = `${operationId} ${status} ${type}`;
  if (!validators.has(key)) validators.set(key, compiled(operationId, status, type));
  return validators.get(key);
}

function compiled(operationId: string, status: number, type: string): ValidateFunction | undefined {
  const {
    path = '',
    method = '',
    responses,
  } = OPERATIONS.find((one) => one.operationId === operationId) ?? {};

  const given = responses?.[status] as { readonly $ref?: string } | undefined;
  if (given === undefined) return undefined;

  const at =
    given.$ref?.slice(1) ??
    pointer('paths', path, method.toLowerCase(), 'responses', String(status));

  return ajv.getSchema(`api#${at}${pointer('content', type, 'schema')}`);
}

const pointer = (...parts: readonly string[]) =>
  parts
    .map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`)
    .join('');
