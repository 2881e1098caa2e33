import * as z from 'zod/mini';
import { openEndpoint } from '../../framework/http/endpoint.ts';
import { type HttpFunction, openFunction } from '../../framework/http/function.ts';
import type { OpenPorts } from '../../framework/http/ports.ts';

/**
 * Requests per second over all callers: enough for probes and generators of clients, too little to
 * be worth an attack.
 */
const THROTTLE = { rate: 5, burst: 10 };

const getHealth = () =>
  openEndpoint({
    method: 'GET',
    path: '/health',
    operationId: 'getHealth',
    summary: 'Tells that the API answers. It looks at nothing behind it.',
    throttle: THROTTLE,
    response: { status: 200, json: z.strictObject({ status: z.literal('ok') }) },
    handle: async () => ({ body: { status: 'ok' as const } }),
  });

const getOpenapi = (openapi: object) =>
  openEndpoint({
    method: 'GET',
    path: '/openapi.json',
    operationId: 'getOpenapi',
    summary: 'Gives this document.',
    throttle: THROTTLE,
    response: { status: 200, json: z.record(z.string(), z.unknown()) },
    handle: async () => ({ body: openapi as Record<string, unknown> }),
  });

/**
 * The function that answers anybody. It reads nothing that is stored.
 *
 * @param openapi - The OpenAPI document, which the build takes from `docs/openapi.json`.
 */
export function makeHealth(openapi: object): HttpFunction<OpenPorts> {
  return openFunction([getHealth(), getOpenapi(openapi)]);
}
