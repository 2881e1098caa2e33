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
import { headOf, problemAnswer, type Result, toResponse } from './response.ts';
import { declaredKey, routeKey } from './route.ts';
import { countUnauthenticated } from './unauthenticated.ts';

/** A function of the API, to be wired: which routes it answers, and how. */
export interface HttpFunction<Ports> {
  readonly routes: readonly Operation[];
  connect(ports: Ports): HttpHandler;
}

type Event = APIGatewayProxyEventV2;

/**
 * Makes a function of operations for people. Of each request, in this order: it came the way it has
 * to; its route; who sent it, by token and by directory; its form; the operation; its entry; the
 * answer. Who is not known gets one answer whatever the reason, and is counted. Each request of a
 * known person ends with exactly one entry, before the answer.
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
 * Makes a function of operations for anybody. What they tell is public, so it is all the same which
 * way a request came, and nobody is counted.
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
      // Lambda ends a function whose time is up, and its work with it
      const handle = middy<Event, Result>({ timeoutEarlyInMillis: 0 })
        .use(measured(ports))
        .use([problems(ports), ...checks(ports)])
        .handler(async (event) => {
          const endpoint = table.get(declaredKey(event.routeKey));
          if (endpoint === undefined) throw new NotFoundError('the reference is malformed');
          return operate(ports, endpoint, event, requestIdOf(event));
        }) as unknown as HttpHandler;
      return async (event) =>
        event.routeKey.startsWith('HEAD ') ? headOf(await handle(event)) : handle(event);
    },
  };
}

type Middleware = middy.MiddlewareObj<Event, Result>;

/** Writes what was measured, however the request ends: a function may not run again. */
const measured = ({ metrics }: OpenPorts): Middleware => ({
  after: () => metrics.flush(),
  onError: () => metrics.flush(),
});

/**
 * Makes an answer of an error. What failed here is for operators to read, by the id that the answer
 * has.
 */
const problems = ({ log, metrics }: OpenPorts): Middleware => ({
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

    request.response = problemAnswer(problem, requestId);
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

/** Refuses what went around what stands in front of the API. */
const requireOrigin = ({ origin }: HttpPorts): Middleware => ({
  async before({ event }) {
    if (origin !== undefined && !(await origin.isOurs(event.headers[origin.header])))
      throw new UnauthenticatedError('origin-header');
  },
});
