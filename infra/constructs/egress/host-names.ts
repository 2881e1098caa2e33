/** Where the services are called. */
export interface HostPlace {
  readonly region: string;
  /** What names of AWS end with, such as `amazonaws.com`. */
  readonly urlSuffix: string;
}

/**
 * The names under which functions call services: those of the region. DynamoDB has a second one in
 * each account, which clients are told not to use (`dynamoClient`).
 *
 * Source: AWS SDKs and tools reference guide, "Account-based endpoints".
 */
export function hostNames(services: readonly string[], { region, urlSuffix }: HostPlace): string[] {
  return services.map((service) => `${service}.${region}.${urlSuffix}`);
}
