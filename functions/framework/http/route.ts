/**
 * Row of the route table. The OpenAPI document and the API are both generated from the table, so
 * they cannot differ.
 */
export type Route = PersonsRoute | OpenRoute;

interface Operation {
  readonly method: Method;
  /**
   * Path that starts with `/`. Each segment is a word or one parameter, as in
   * `/runs/{run}/decisions`; a parameter never spans segments.
   */
  readonly path: string;
  /**
   * Name of the operation in generated clients. Unique in the table.
   *
   * @default - generated clients derive a name from method and path
   */
  readonly operationId?: string;
}

/**
 * Route that requires a token of the environment's issuer. API Gateway refuses requests without a
 * token before any function runs.
 */
export interface PersonsRoute extends Operation {
  readonly authentication: 'person';
  readonly throttle?: never;
}

/**
 * Public route, also reachable without the CDN in front of the API. Its responses are public. It
 * has a separate limit, so that unauthenticated traffic cannot use up the capacity of signed-in
 * people.
 */
export interface OpenRoute extends Operation {
  readonly authentication: 'none';
  readonly throttle: Throttle;
}

/**
 * Request limit over all callers. Requests above the limit get a 429 response. API Gateway applies
 * it on a best-effort basis.
 */
export interface Throttle {
  /** Requests per second on average; more than 0. */
  readonly rate: number;
  /** Concurrent requests; an integer of at least 1. */
  readonly burst: number;
}

/**
 * HTTP methods. HEAD is derived; see {@link withHead}. OPTIONS is not supported, because pages of
 * other sites may not call the API.
 */
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Returns the API Gateway key of a route, such as `GET /runs/{run}`. */
export const routeKey = ({ method, path }: Pick<Route, 'method' | 'path'>) => `${method} ${path}`;

/** Adds a HEAD route for every GET route, with the same operation. */
export const withHead = <One extends Route>(routes: readonly One[]): readonly One[] =>
  routes.flatMap((route) =>
    route.method === 'GET' ? [route, { ...route, method: 'HEAD' as const }] : [route],
  );

/** Returns the key of the declared route that answers a request: GET also answers HEAD. */
export const declaredKey = (key: string) => key.replace(/^HEAD /, 'GET ');

/** Requires a letter or digit in every segment, which excludes `.` and `..`. */
const PATH = /^(?:\/(?:[.]?[A-Za-z0-9][\w.~-]*|\{[a-z][A-Za-z0-9]*\}))+$/;
const PARAMETER = /\{[^/]*\}/g;

/** Returns all faults of a route table, one sentence each. */
export function checkRoutes(routes: readonly Route[]): string[] {
  const shapes = new Map<string, string>();
  return [
    ...routes.flatMap(faultsOf),
    ...duplicates(routes.map(routeKey)).map((key) => `route ${key} is listed twice`),
    ...duplicates(routes.flatMap(({ operationId }) => operationId ?? [])).map(
      (id) => `operation id "${id}" is used by two routes`,
    ),
    ...routes.flatMap(({ path }) => {
      const shape = path.replaceAll(PARAMETER, '{}');
      const first = shapes.get(shape) ?? path;
      shapes.set(shape, first);
      return first === path
        ? []
        : [`paths ${first} and ${path} differ only in the names of their parameters`];
    }),
  ];
}

function faultsOf(route: Route): string[] {
  const { path, throttle } = route;
  const faults: string[] = [];

  if (route.method === 'HEAD')
    faults.push(`route ${routeKey(route)} must not be declared; declare GET, which answers HEAD`);
  if (!PATH.test(path))
    faults.push(`path "${path}" is malformed; expected a path like "/runs/{run}"`);

  faults.push(
    ...duplicates(path.match(PARAMETER) ?? []).map(
      (parameter) => `path ${path} has the parameter ${parameter} twice`,
    ),
  );

  if (
    throttle !== undefined &&
    !(throttle.rate > 0 && Number.isInteger(throttle.burst) && throttle.burst > 0)
  ) {
    faults.push(
      `the throttle of ${routeKey(route)} needs a rate above 0 and an integer burst of at least 1, got ${throttle.rate} and ${throttle.burst}`,
    );
  }

  return faults;
}

const duplicates = (values: readonly string[]) => [
  ...new Set(values.filter((value, i) => values.indexOf(value) !== i)),
];
