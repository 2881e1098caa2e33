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
  type OpenPort,
  settingsFor,
  writeLine,
} from './aws.ts';
import { ledgerOfCell } from './cell.ts';
import type { AwsWiring } from './deployed.ts';
import { lambdaStarts, startsClient } from './lambda-starts.ts';
import { resourceNames } from './names.ts';
import { originCheck } from './origin-check.ts';
import type { Service } from './services.ts';
import type { Setting } from './settings.ts';

/** Function that fetches the public keys of the issuer for functions without internet access. */
const ISSUER = 'issuer';

/**
 * Ports of one group, in addition to the ports that all groups have. The bundle of a function names
 * the ports that it uses, and contains only their clients.
 */
interface GroupPorts<More> {
  /** Reads the secret that proves that a request came through CloudFront. */
  readonly secrets: OpenPort<SecretVault>;
  readonly queues?: OpenPort<MessageSender>;
  readonly more?: (deployment: Deployment, metrics: Metrics) => More;
  /** Additional settings. */
  readonly settings?: readonly Setting[];
}

/**
 * Opens the adapters of a group of the API. Callers can authenticate only with tokens of the
 * environment's issuer. The policies in the bundle decide access.
 */
export function httpOnAws<More extends object = object>(
  parts: GroupPorts<More>,
): AwsWiring<HttpPorts & More>['open'] {
  return async (deployment) => {
    const services: Service[] = parts.queues === undefined ? ['keys'] : ['keys', 'queues'];

    const settings = settingsFor(deployment, services, [
      'issuer',
      'audience',
      'front',
      'cell',
      ...(parts.settings ?? []),
    ]);

    const configured = { ...deployment, settings };
    const metrics = metricsOf(configured);
    const issuerKeys = lambdaKeys({
      client: issuerClient({ region: settings.region }),
      function: resourceNames(settings.prefix).function(ISSUER),
    });

    const ledger = ledgerOn(configured, metrics, parts.queues);

    const ports: HttpPorts = {
      ledger: settings.cell === '' ? ledger : ledgerOfCell(ledger, settings.cell),
      keys: new WorkspaceKeys(keys(configured), systemClock, metrics),
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
          : originCheck(parts.secrets({ ...configured, name: 'api' })),
    };

    return { ...ports, ...((parts.more?.(configured, metrics) ?? {}) as More) };
  };
}

/** Opens the adapter that starts runs of these automations through their intakes. */
export const starts =
  (automations: readonly string[]): OpenPort<Pick<RunsPorts, 'starts'>> =>
  ({ settings: { prefix, region } }) => {
    const names = resourceNames(prefix);
    const intakes = new Map(
      automations.map((automation) => [automation, names.function(`${automation}.intake`)]),
    );
    return { starts: lambdaStarts({ client: startsClient({ region }), intakes }) };
  };

/** Opens the adapter that reads the audit entries of runs. */
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

/** Opens the adapter that creates keys of workspaces. */
export const keyService: OpenPort<{ readonly keyService: KeyService }> = (deployment) => ({
  keyService: keys(deployment),
});

/** Opens the adapters for the claim of the first admin, whose subject is set in the deployment. */
export const firstAdmin: OpenPort<Pick<PeoplePorts, 'keyService' | 'firstAdmin'>> = (
  deployment: Deployment,
) => {
  const { firstAdmin: subject } = deployment.settings;
  return { ...keyService(deployment), firstAdmin: subject === '' ? undefined : subject };
};
