/**
 * One row of the table of routes, from which both the OpenAPI document and the API are made:
 * neither can promise what the other does not have.
 */
export type Route = PersonsRoute | OpenRoute;

interface Operation {
  readonly method: Method;
  /**
   * Begins with `/`; each segment is a word or one parameter, as in `/runs/{run}/decisions`. A
   * parameter never spans segments.
   */
  readonly path: string;
  /**
   * What clients generated from the OpenAPI document call it. Unique in the table.
   *
   * @default - such clients make a name out of method and path
   */
  readonly operationId?: string;
}

/**
 * Reached with a token of the environment's issuer, and refused before any code of ours runs
 * without one.
 */
export interface PersonsRoute extends Operation {
  readonly authentication: 'person';
  readonly throttle?: never;
}

/**
 * Reached by anybody, also around what stands in front of the API, so it tells nothing that is not
 * public. It is limited by itself: what strangers do here takes nothing from those who are signed
 * in.
 */
export interface OpenRoute extends Operation {
  readonly authentication: 'none';
  readonly throttle: Throttle;
}

/**
 * How many requests are taken, over all callers; more are answered with 429. API Gateway aims at it
 * and does not promise it.
 */
export interface Throttle {
  /** Requests per second in the long run, more than 0. */
  readonly rate: number;
  /** Requests at once, a whole number from 1. */
  readonly burst: number;
}

/**
 * HEAD is not declared, see {@link withHead}. Left out: OPTIONS, because no other site's pages may
 * call the API.
 */
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A route as API Gateway and people write it, such as `GET /runs/{run}`. */
export const routeKey = ({ method, path }: Pick<Route, 'method' | 'path'>) => `${method} ${path}`;

/**
 * The routes of a table as a gateway needs them: each that answers GET answers HEAD as well, with
 * the same operation.
 */
export const withHead = <One extends Route>(routes: readonly One[]): readonly One[] =>
  routes.flatMap((route) =>
    route.method === 'GET' ? [route, { ...route, method: 'HEAD' as const }] : [route],
  );

/** The key of the declared route that answers a request: HEAD is answered by GET. */
export const declaredKey = (key: string) => key.replace(/^HEAD /, 'GET ');

/** A segment has a letter or a digit, so that none is `.` or `..`. */
const PATH = /^(?:\/(?:[.]?[A-Za-z0-9][\w.~-]*|\{[a-z][A-Za-z0-9]*\}))+$/;
const PARAMETER = /\{[^/]*\}/g;

/** What is wrong with a table of routes, all of it, a sentence each. */
export function checkRoutes(routes: readonly Route[]): string[] {
  const shapes = new Map<string, string>();
  return [
    ...routes.flatMap(malformed),
    ...twice(routes.map(routeKey)).map((key) => `route ${key} is listed twice`),
    ...twice(routes.flatMap(({ operationId }) => operationId ?? [])).map(
      (id) => `operation "${id}" is the name of two routes`,
    ),
    ...routes.flatMap(({ path }) => {
      const shape = path.replaceAll(PARAMETER, '{}');
      const first = shapes.get(shape) ?? path;
      shapes.set(shape, first);
      return first === path
        ? []
        : [`paths ${first} and ${path} differ in nothing but the names of parameters`];
    }),
  ];
}

function malformed(route: Route): string[] {
  const { path, throttle } = route;

  const wrong = [
    ...(route.method === 'HEAD'
      ? [`route ${routeKey(route)} is declared; declare GET, which answers HEAD as well`]
      : []),
    ...(PATH.test(path) ? [] : [`path "${path}" is malformed; one looks like "/runs/{run}"`]),
    ...twice(path.match(PARAMETER) ?? []).map((parameter) => `path ${path} has ${parameter} twice`),
  ];

  if (
    throttle !== undefined &&
    !(throttle.rate > 0 && Number.isInteger(throttle.burst) && throttle.burst > 0)
  ) {
    wrong.push(
      `the throttle of ${routeKey(route)} needs a rate above 0 and a whole burst from 1, got ${throttle.rate} and ${throttle.burst}`,
    );
  }

  return wrong;
}

const twice = (values: readonly string[]) => [
  ...new Set(values.filter((value, i) => values.indexOf(value) !== i)),
];
