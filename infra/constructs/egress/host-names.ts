/** Where the services are called. */
export interface HostPlace {
  readonly region: string;
  readonly account: string;
  /** What names of AWS end with, such as `amazonaws.com`. */
  readonly urlSuffix: string;
}

/**
 * The names under which the AWS SDK calls services. DynamoDB has a second one in each account, which the SDK prefers where its
 * credentials say whose they are.
 *
 * Source: AWS SDKs and tools reference guide, "Account-based endpoints".
 */
export function hostNames(services: readonly string[], { region, account, urlSuffix }: HostPlace): string[] {
  return services.flatMap((service) => [
    `${service}.${region}.${urlSuffix}`,
    ...(service === 'dynamodb' ? [`${account}.ddb.${region}.${urlSuffix}`] : []),
  ]);
}
