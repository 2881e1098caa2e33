import { authoritiesOfApi } from '#infra/authority/api-authority.ts';
import {
  authoritiesOf,
  authorityOfVendor,
  type FunctionAuthority,
} from '#infra/authority/authority.ts';
import { settingsOf } from '#infra/authority/function-settings.ts';
import type { BuiltFunction } from '#infra/build/built-function.ts';
import { environmentOf } from '#infra/config/environment.ts';
import { loadFlow, loadVendor } from '#infra/declarations/folders.ts';
import { type Arns, arnsOf } from '#infra/naming/arns.ts';
import { type FunctionName, namesOf } from '#infra/naming/names.ts';

export const ACCOUNT = '123456789012'; // moto's own
/** Of the credentials that Lambda gives each function. It must not turn up anywhere. */
export const SECRET_ACCESS_KEY = 'eKhcOaz7secret-access-key-of-a-role-0Yx';
/** Who signs people's tokens, and the subject there of who becomes the first admin. */
export const ISSUER = 'https://id.example.com';
export const FIRST_ADMIN = 'first';
/** Where nobody listens, and a function ends up that looks for a service its role does not name. */
const NOWHERE = 'http://127.0.0.1:9';

/**
 * The variable in which an SDK looks for where a service is, and which of a role's actions are
 * calls of the function's own.
 */
const SERVICES = {
  dynamodb: { variable: 'AWS_ENDPOINT_URL_DYNAMODB', called: /^dynamodb:/ },
  // messages are received by Lambda
  sqs: { variable: 'AWS_ENDPOINT_URL_SQS', called: /^sqs:SendMessage$/ },
  kms: { variable: 'AWS_ENDPOINT_URL_KMS', called: /^kms:/ },
  secretsmanager: { variable: 'AWS_ENDPOINT_URL_SECRETS_MANAGER', called: /^secretsmanager:/ },
  lambda: { variable: 'AWS_ENDPOINT_URL_LAMBDA', called: /^lambda:/ },
} as const;

/** Where each service is. */
export type Endpoints = Readonly<Record<keyof typeof SERVICES, string>>;

/** What is deployed, and what it is called. */
export interface TestEnvironment {
  readonly names: ReturnType<typeof namesOf>;
  readonly arns: Arns;
  /** Of every function that is deployed. */
  readonly authorities: ReadonlyMap<FunctionName, FunctionAuthority>;
  /**
   * Every environment variable of a function: those of its template, those of Lambda, and where
   * services are.
   */
  variablesOf(fn: FunctionName, endpoints: Endpoints): Record<string, string>;
}

/**
 * The environment `writ-test-euc1` with everything that was built. A function gets the endpoints of
 * those services that its role names, and no others.
 *
 * @see AWS Lambda developer guide, "Working with Lambda environment variables", "Defined runtime
 *   environment variables"
 */
export async function testEnvironment(
  built: readonly BuiltFunction[],
  region: string,
  dataKey: string,
): Promise<TestEnvironment> {
  const api = { issuer: ISSUER, audience: ['writ'], firstAdmin: FIRST_ADMIN };
  const environment = {
    ...environmentOf({ name: 'dev', region: 'eu-central-1', api }),
    region,
    id: 'test-euc1',
  };

  const names = namesOf(environment);
  const secret = (fn: FunctionName, name: string) =>
    `arn:aws:secretsmanager:${region}:${ACCOUNT}:secret:${names.secret(fn, name)}-AbCdEf`;
  const arns = arnsOf(environment, { partition: 'aws', region, account: ACCOUNT, dataKey, secret });
  const authorities = await authoritiesIn(built, arns);

  return {
    names,
    arns,
    authorities,
    variablesOf(fn, endpoints) {
      const authority = known(authorities, fn);
      const actions = authority.statements.flatMap(({ Action = [] }) => Action);
      const called = Object.entries(SERVICES).filter(([, service]) =>
        actions.some((action) => service.called.test(action)),
      );

      return {
        AWS_ENDPOINT_URL: NOWHERE,
        ...Object.fromEntries(
          called.map(([service, { variable }]) => [
            variable,
            endpoints[service as keyof Endpoints],
          ]),
        ),
        AWS_LAMBDA_FUNCTION_NAME: names.function(fn),
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_ACCESS_KEY_ID: 'ASIAROLEROLEROLEROLE',
        AWS_SECRET_ACCESS_KEY: SECRET_ACCESS_KEY,
        AWS_SESSION_TOKEN: 'session-token-of-a-role',
        _HANDLER: 'index.handler',
        TZ: ':UTC',
        ...settingsOf(authority, arns, environment),
      };
    },
  };
}

/** What a map has under a key, or a failure that names the key. */
export function known<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key);
  if (value === undefined)
    throw new Error(`there is no ${key}; there are ${[...map.keys()].join(', ')}`);
  return value;
}

async function authoritiesIn(
  built: readonly BuiltFunction[],
  arns: Arns,
): Promise<Map<FunctionName, FunctionAuthority>> {
  const automations = [...new Set(built.flatMap(({ automation }) => automation ?? []))];
  const vendors = built.flatMap(({ vendor }) => vendor ?? []);
  const flows = await Promise.all(automations.map(loadFlow));
  // without the function that fetches the issuer's keys the API is not deployed: its functions are
  // there for what they do without it
  const hasApi = built.some(({ kind }) => kind === 'issuer');

  const all = [
    ...flows.flatMap((flow) => authoritiesOf(flow, arns)),
    ...(hasApi ? authoritiesOfApi({ automations: flows, arns, cdn: false }) : []),
    ...(await Promise.all(vendors.map(loadVendor))).map((vendor) =>
      authorityOfVendor(vendor, arns),
    ),
  ];

  return new Map(all.map((authority) => [authority.name, authority]));
}
