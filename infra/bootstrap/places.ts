import type { Environment } from '../config/environment.ts';
import { itemsIf } from '../config/items-if.ts';
import { EDGE_REGION } from '../constructs/edge/edge.ts';

/**
 * Part of an environment: `home` (nearly all resources), `archive`, or `edge` (in front of the
 * API).
 */
export type EnvironmentPart = 'home' | 'archive' | 'edge';

/** An account and a region. CloudFormation has a separate role in each. */
export interface BootstrapPlace {
  readonly account: string;
  readonly region: string;
  /** Parts of the environment that are deployed there. At least one. */
  readonly parts: readonly EnvironmentPart[];
}

/**
 * Returns the places of an environment's stacks if it is deployed to `account`, without duplicates.
 * The environment's own place is first.
 */
export function bootstrapPlaces(
  { region, archive, api }: Environment,
  account: string,
): BootstrapPlace[] {
  const all: readonly (readonly [part: EnvironmentPart, account: string, region: string])[] = [
    ['home', account, region],
    ['archive', archive.account ?? account, region],
    ...itemsIf(api?.domain !== undefined, ['edge', account, EDGE_REGION] as const),
  ];

  const grouped = Map.groupBy(all, ([, account, region]) => `${account}/${region}`);

  return [...grouped.values()].flatMap((here) => {
    const [first] = here;
    return first === undefined
      ? []
      : [{ account: first[1], region: first[2], parts: here.map(([part]) => part) }];
  });
}
