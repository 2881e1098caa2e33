import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describeError } from '#shared/audit/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import type { Endpoint, OpenEndpoint, Operation } from './endpoint.ts';
import { answerPerson } from './person.ts';
import type { HttpHandler, HttpPorts, OpenPorts } from './ports.ts';
import {
  EvidenceUnavailableError,
  NotFoundError,
  problemOf,
  UnauthenticatedError,
} from './problem.ts';
import { readRequest, requestIdOf } from './request.ts';
import { problemResponse, type Result, toResponse, withoutBody } from './response.ts';
import { declaredKey, routeKey } from './route.ts';
import { countUnauthenticated } from './unauthenticated.ts';

/** Function of the API: its routes, and a handler that is connected to ports. */
export interface HttpFunction<Ports> {
  readonly routes: readonly Operation[];
  connect(ports: Ports): HttpHandler;
}

type Event = APIGatewayProxyEventV2;

/**
 * Creates a function of operations for authenticated people. Each request passes these steps:
 * origin check, route, authentication by token and directory, validation, operation, audit entry,
 * response. All unauthenticated requests get the same response and are counted. Each request of a
 * known person commits exactly one entry before the response.
 */
export function httpFunction<Ports extends HttpPorts>(
  endpoints: readonly Endpoint<Ports>[],
): HttpFunction<Ports> {
  return functionOf(
    endpoints,
    (ports: Ports, endpoint, event, id) => answerPerson(ports, endpoint, event, id),
    (ports) => [countUnauthenticatedRequests(ports), requireOrigin(ports)],
  );
}

/**
 * Creates a function of public operations. Their responses are public, so the function does not
 * check the origin or the caller, and does not count requests.
 */
export function openFunction(endpoints: readonly OpenEndpoint[]): HttpFunction<OpenPorts> {
  return functionOf(endpoints, async (ports: OpenPorts, endpoint, event, id) => {
    readRequest(endpoint, event);
    return toResponse(endpoint, await endpoint.handle(ports), event, id);
  });
}

function functionOf<Ports extends OpenPorts, One extends Operation>(
  endpoints: readonly One[],
  operate: (ports: Ports, endpoint: One, event: Event, requestId: string) => Promise<Result>,
  checks: (ports: Ports) => Middleware[] = () => [],
): HttpFunction<Ports> {
  const table = new Map(endpoints.map((endpoint) => [routeKey(endpoint), endpoint]));
  return {
    routes: endpoints,
    connect(ports) {
      // Lambda stops a function at its timeout without an early warning to handle.
      const handle = middy<Event, Result>({ timeoutEarlyInMillis: 0 })
        .use(flushMetrics(ports))
        .use([handleErrors(ports), ...checks(ports)])
        .handler(async (event) => {
          const endpoint = table.get(declaredKey(event.routeKey));
          if (endpoint === undefined) throw new NotFoundError('the reference is malformed');
          return operate(ports, endpoint, event, requestIdOf(event));
        }) as unknown as HttpHandler;
      return async (event) =>
        event.routeKey.startsWith('HEAD ') ? withoutBody(await handle(event)) : handle(event);
    },
  };
}

type Middleware = middy.MiddlewareObj<Event, Result>;

/**
 * Flushes metrics after every request, even a failed one, because the function may not run again.
 */
const flushMetrics = ({ metrics }: OpenPorts): Middleware => ({
  after: () => metrics.flush(),
  onError: () => metrics.flush(),
});

/**
 * Converts an error to a problem response. Internal failures are logged under the request id of the
 * response.
 */
const handleErrors = ({ log, metrics }: OpenPorts): Middleware => ({
  onError(request) {
    const { error, event } = request;
    if (isWritError(error) && error.fate === 'stop') return;

    const problem = problemOf(error);
    const requestId = requestIdOf(event);

    if (problem.status >= 500) {
      metrics.add('RequestsFailed', 1);

      const { code, message } = describeError(causeOf(error), 'function.failed');

      log.line('error', 'a request failed', {
        requestId,
        route: event.routeKey,
        status: problem.status,
        code,
        because: message,
      });
    }

    request.response = problemResponse(problem, requestId);
  },
});

const causeOf = (error: unknown) =>
  error instanceof EvidenceUnavailableError ? error.cause : error;

const countUnauthenticatedRequests = (ports: HttpPorts): Middleware => {
  const count = countUnauthenticated(ports);
  return {
    async onError({ error }) {
      if (!(error instanceof UnauthenticatedError)) return;
      ports.metrics.add('RequestsUnidentified', 1);
      await count(error);
    },
  };
};

/** Refuses requests that bypassed the CDN in front of the API. */
const requireOrigin = ({ origin }: HttpPorts): Middleware => ({
  async before({ event }) {
    if (origin !== undefined && !(await origin.isOurs(event.headers[origin.header])))
      throw new UnauthenticatedError('origin-header');
  },
});
