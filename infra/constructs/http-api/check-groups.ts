import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import {
  checkRoutes,
  type Route,
  routeKey,
  type Throttle,
  withHead,
} from '#functions/framework/http/route.ts';
import type { FunctionName } from '../../naming/names.ts';

/** Routes that one function answers. */
export interface RouteGroup {
  readonly name: FunctionName;
  /**
   * Function that receives requests in payload format 2.0. Its timeout is at most 29 seconds,
   * because API Gateway waits for 30 seconds.
   */
  readonly function: LambdaFunction;
  /**
   * At most 40 routes. A GET route counts twice, because it also answers HEAD. The function's
   * policy has a statement for each method of a route and is limited to 20 KiB.
   */
  readonly routes: readonly Route[];
}

const MOST_ROUTES = 40;
const MOST_SECONDS = 29;

/**
 * Checks the groups of an API whose total request limit is `throttle`. Returns a sentence for each
 * problem.
 */
export function checkGroups(groups: readonly RouteGroup[], throttle: Throttle): string[] {
  const routes = groups.flatMap((group) => group.routes);
  return [
    ...checkRoutes(routes),
    ...groups.flatMap(({ name, routes, function: { timeout } }) => [
      ...tooMany(name, routes),
      ...(timeout !== undefined && timeout.toSeconds() > MOST_SECONDS
        ? [
            `${name} may run for ${timeout.toSeconds()} seconds; API Gateway waits for one that runs for at most ${MOST_SECONDS}`,
          ]
        : []),
    ]),
    ...routes.flatMap((route) =>
      route.authentication === 'none' &&
      (route.throttle.rate > throttle.rate || route.throttle.burst > throttle.burst)
        ? [
            `the throttle of ${routeKey(route)} (${route.throttle.rate} per second, ${route.throttle.burst} at once) is above that of ` +
              `the whole API (${throttle.rate}, ${throttle.burst})`,
          ]
        : [],
    ),
  ];
}

function tooMany(name: string, routes: readonly Route[]): string[] {
  const all = withHead(routes).length;
  if (all <= MOST_ROUTES) return [];
  const answers = `${name} answers ${routes.length} routes`;
  return [
    `${answers}${routes.length > MOST_ROUTES ? '' : ` (${all} with HEAD)`}; one function can answer ${MOST_ROUTES}`,
  ];
}
