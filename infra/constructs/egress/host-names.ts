/** Region and domain of the services that functions call. */
export interface HostPlace {
  readonly region: string;
  /** Domain suffix of AWS, such as `amazonaws.com`. */
  readonly urlSuffix: string;
}

/**
 * Returns the regional host names under which functions call services. DynamoDB also has a name for
 * each account, which the client is configured not to use (`dynamoClient`).
 *
 * Source: AWS SDKs and tools reference guide, "Account-based endpoints".
 */
export function hostNames(services: readonly string[], { region, urlSuffix }: HostPlace): string[] {
  return services.map((service) => `${service}.${region}.${urlSuffix}`);
}
