import { type Route, routeKey, withHead } from '../framework/http/route.ts';

/** Route of a request and the values of its path parameters. */
export interface Matched<Function> {
  readonly fn: Function;
  /** Key of the route, such as `GET /runs/{run}`. */
  readonly routeKey: string;
  /** Decoded values. Undefined if the route has no parameters, as in an event of API Gateway. */
  readonly parameters: Readonly<Record<string, string>> | undefined;
}

interface Row<Function> {
  readonly fn: Function;
  readonly route: Route;
  readonly segments: readonly string[];
}

/**
 * Finds routes as API Gateway does: of the matching routes, the one with the most literal segments
 * before its first parameter. Paths are not normalized: `/runs/` and `//runs` are not `/runs`, and
 * `.` and `..` are ordinary words.
 *
 * @returns a function of a method and a path (as sent, without the query). It returns undefined if
 *   no route matches, and throws `URIError` if a parameter is not percent-encoded UTF-8.
 */
export function routeTable<Function extends { readonly routes: readonly Route[] }>(
  functions: readonly Function[],
): (method: string, path: string) => Matched<Function> | undefined {
  const rows: Row<Function>[] = functions.flatMap((fn) =>
    withHead(fn.routes).map((route) => ({ fn, route, segments: route.path.split('/') })),
  );

  rows.sort((a, b) => wordsOf(b).localeCompare(wordsOf(a)));

  return (method, path) => {
    const sent = path.split('/');
    const row = rows.find(({ route, segments }) => route.method === method && fits(segments, sent));

    return (
      row && {
        fn: row.fn,
        routeKey: routeKey(row.route),
        parameters: parametersOf(row.segments, sent),
      }
    );
  };
}

const isParameter = (segment: string) => segment.startsWith('{');

/** Returns a sort key that puts rows whose words come earlier first. */
const wordsOf = ({ segments }: Row<unknown>) =>
  segments.map((segment) => (isParameter(segment) ? '0' : '1')).join('');

function fits(segments: readonly string[], sent: readonly string[]): boolean {
  return (
    segments.length === sent.length &&
    segments.every((segment, i) => (isParameter(segment) ? sent[i] !== '' : sent[i] === segment))
  );
}

function parametersOf(
  segments: readonly string[],
  sent: readonly string[],
): Record<string, string> | undefined {
  const found = segments.flatMap((segment, i) =>
    isParameter(segment)
      ? [[segment.slice(1, -1), decodeURIComponent(sent[i] ?? '')] as const]
      : [],
  );
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
