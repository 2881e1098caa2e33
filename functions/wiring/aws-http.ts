import { openPolicies } from '#shared/access/adapters/cedar.ts';
import { cachedPolicies } from '#shared/access/index.ts';
import { type KeyService, type SecretVault, WorkspaceKeys } from '#shared/crypto/index.ts';
import { issuerClient, lambdaKeys } from '#shared/identity/adapters/lambda-keys.ts';
import { tokenVerifier } from '#shared/identity/index.ts';
import {
  jsonLog,
  type Metrics,
  systemClock,
  systemRandom,
  waitingTimers,
} from '#shared/kernel/index.ts';
import { dynamoClient } from '#shared/ledger/adapters/dynamodb/ledger.ts';
import { DynamoTrail } from '#shared/ledger/adapters/dynamodb/trail.ts';
import type { MessageSender } from '#shared/ledger/index.ts';
import type { HttpPorts } from '../framework/http/ports.ts';
import type { PeoplePorts } from '../http/people/ports.ts';
import type { RunsPorts } from '../http/runs/ports.ts';
import type { TrailPorts } from '../http/trail/ports.ts';
import {
  type Deployment,
  keys,
  ledgerOn,
  metricsOf,
  type Part,
  settingsFor,
  writeLine,
} from './aws.ts';
import { ledgerOfCell } from './cell.ts';
import type { AwsWiring } from './deployed.ts';
import { lambdaStarts, startsClient } from './lambda-starts.ts';
import { resourceNames } from './names.ts';
import { originCheck } from './origin-check.ts';
import type { Setting } from './settings.ts';

/**
 * The function that fetches the public keys of the issuer, for those that reach no network but
 * their own.
 */
const ISSUER = 'issuer';

/**
 * What a group has beside what every group has. A function's bundle names those it uses, and has
 * the clients of these alone.
 */
interface Parts<More> {
  /** Reads the secret by which requests prove that they came through CloudFront. */
  readonly secrets: Part<SecretVault>;
  readonly queues?: Part<MessageSender>;
  readonly more?: (around: Deployment, metrics: Metrics) => More;
  /** What it is told besides. */
  readonly settings?: readonly Setting[];
}

/**
 * The ports of a group of the API. Who signs in is known by the tokens of the environment's issuer,
 * and in no other way; access is decided by the policies that lie beside the bundle.
 */
export function httpOnAws<More extends object = object>(
  parts: Parts<More>,
): AwsWiring<HttpPorts & More>['open'] {
  return async (deployment) => {
    const services = [
      'keys',
      ...(parts.queues === undefined ? [] : (['queues'] as const)),
    ] as const;

    const settings = settingsFor(deployment, services, [
      'issuer',
      'audience',
      'front',
      'cell',
      ...(parts.settings ?? []),
    ]);

    const around = { ...deployment, settings };
    const metrics = metricsOf(around);
    const issuerKeys = lambdaKeys({
      client: issuerClient({ region: settings.region }),
      function: resourceNames(settings.prefix).function(ISSUER),
    });

    const ledger = ledgerOn(around, metrics, parts.queues);

    const ports: HttpPorts = {
      ledger: settings.cell === '' ? ledger : ledgerOfCell(ledger, settings.cell),
      keys: new WorkspaceKeys(keys(around), systemClock, metrics),
      clock: systemClock,
      random: systemRandom(),
      log: jsonLog(writeLine, systemClock.now),
      metrics,
      tokens: tokenVerifier({
        issuer: settings.issuer,
        audience: settings.audience.split(' '),
        keys: issuerKeys,
        clock: systemClock,
        metrics,
      }),
      policies: cachedPolicies(openPolicies({ folder: import.meta.dirname, metrics })),
      origin:
        settings.front === 'none'
          ? undefined
          : originCheck(parts.secrets({ ...around, name: 'api' })),
    };

    return { ...ports, ...((parts.more?.(around, metrics) ?? {}) as More) };
  };
}

/** Starts runs of these automations, by their intakes. */
export const starts =
  (automations: readonly string[]): Part<Pick<RunsPorts, 'starts'>> =>
  ({ settings: { prefix, region } }) => {
    const names = resourceNames(prefix);
    const intakes = new Map(
      automations.map((automation) => [automation, names.function(`${automation}.intake`)]),
    );
    return { starts: lambdaStarts({ client: startsClient({ region }), intakes }) };
  };

/** Reads the entries of runs. */
export function trail(
  { settings: { prefix, region } }: Deployment,
  metrics: Metrics,
): Pick<TrailPorts, 'trail'> {
  const { tables } = resourceNames(prefix);
  return {
    trail: new DynamoTrail({
      client: dynamoClient({ region }),
      tables,
      random: systemRandom(),
      timers: waitingTimers,
      metrics,
    }),
  };
}

/** Has keys of workspaces made. */
export const keyService: Part<{ readonly keyService: KeyService }> = (around) => ({
  keyService: keys(around),
});

/** Makes the directory of people for the first admin, whom the deployment names. */
export const firstAdmin: Part<Pick<PeoplePorts, 'keyService' | 'firstAdmin'>> = (
  around: Deployment,
) => {
  const { firstAdmin: named } = around.settings;
  return { ...keyService(around), firstAdmin: named === '' ? undefined : named };
};
