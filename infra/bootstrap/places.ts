import type { Environment } from '../config/environment.ts';
import { EDGE_REGION } from '../constructs/edge/edge.ts';

/**
 * What of an environment is made somewhere: nearly all of it, the archive, what stands in front of
 * its API.
 */
export type Part = 'home' | 'archive' | 'edge';

/** An account and a region. CloudFormation has a role of its own in each. */
export interface BootstrapPlace {
  readonly account: string;
  readonly region: string;
  /** What of the environment is made there; at least one. */
  readonly parts: readonly Part[];
}

/**
 * Where the stacks of an environment lie that is deployed to `account`: each place once, the
 * environment's own first.
 */
export function placesOf({ region, archive, api }: Environment, account: string): BootstrapPlace[] {
  const all: readonly (readonly [part: Part, account: string, region: string])[] = [
    ['home', account, region],
    ['archive', archive.account ?? account, region],
    ...(api?.domain === undefined ? [] : [['edge', account, EDGE_REGION] as const]),
  ];

  const grouped = Map.groupBy(all, ([, account, region]) => `${account}/${region}`);

  return [...grouped.values()].flatMap((here) => {
    const [first] = here;
    return first === undefined
      ? []
      : [{ account: first[1], region: first[2], parts: here.map(([part]) => part) }];
  });
}
