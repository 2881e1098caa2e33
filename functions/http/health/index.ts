import * as z from 'zod/mini';
import { openEndpoint } from '../../framework/http/endpoint.ts';
import { type HttpFunction, openFunction } from '../../framework/http/function.ts';
import type { OpenPorts } from '../../framework/http/ports.ts';

/**
 * Limit over all callers: sufficient for probes and client generators, and too low to be useful for
 * an attack.
 */
const THROTTLE = { rate: 5, burst: 10 };

const getHealth = () =>
  openEndpoint({
    method: 'GET',
    path: '/health',
    operationId: 'getHealth',
    summary: 'Reports that the API answers. Checks no dependency.',
    throttle: THROTTLE,
    response: { status: 200, json: z.strictObject({ status: z.literal('ok') }) },
    handle: async () => ({ body: { status: 'ok' as const } }),
  });

const getOpenapi = (openapi: object) =>
  openEndpoint({
    method: 'GET',
    path: '/openapi.json',
    operationId: 'getOpenapi',
    summary: 'Returns this document.',
    throttle: THROTTLE,
    response: { status: 200, json: z.record(z.string(), z.unknown()) },
    handle: async () => ({ body: openapi as Record<string, unknown> }),
  });

/**
 * Creates the public function `health`, which does not read stored data.
 *
 * @param openapi - The OpenAPI document, which the build reads from `docs/openapi.json`.
 */
export function makeHealth(openapi: object): HttpFunction<OpenPorts> {
  return openFunction([getHealth(), getOpenapi(openapi)]);
}
