import { kmsClient, kmsKeys } from '#shared/crypto/adapters/kms.ts';
import {
  SecretsManagerVault,
  secretsManagerClient,
} from '#shared/crypto/adapters/secrets-manager.ts';
import { type KeyService, type SecretVault, WorkspaceKeys } from '#shared/crypto/index.ts';
import type { EnginePorts, VendorGateway } from '#shared/engine/index.ts';
import { EmfMetrics } from '#shared/kernel/adapters/emf.ts';
import {
  DefectError,
  jsonLog,
  type Metrics,
  systemClock,
  systemRandom,
  waitingTimers,
} from '#shared/kernel/index.ts';
import { DynamoLedger, dynamoClient } from '#shared/ledger/adapters/dynamodb/ledger.ts';
import { SqsSender, sqsClient } from '#shared/ledger/adapters/sqs/sender.ts';
import { type Ledger, type MessageSender, measured } from '#shared/ledger/index.ts';
import { LambdaGateway, lambdaClient } from '#shared/vendors/adapters/lambda-gateway.ts';
import type { Vendor } from '#shared/vendors/index.ts';
import type { VendorPorts } from '../framework/lambda/vendor-function.ts';
import type { AwsWiring, DeployedFunction } from './deployed.ts';
import { resourceNames } from './names.ts';
import { SERVICES, type Service } from './services.ts';
import { readSettings, type Setting, type Settings } from './settings.ts';

/** Deployed function with the settings from which its adapters are opened. */
export interface Deployment extends DeployedFunction {
  readonly settings: Settings;
}

/**
 * Opens the adapter of one of the {@link SERVICES}. The bundle of a function names the services
 * that it uses, and contains only their clients.
 */
export type OpenPort<Port> = (deployment: Deployment) => Port;

/** Sends messages to the queues of the environment. */
export const queues: OpenPort<MessageSender> = ({ settings: { prefix, region, account } }) => {
  const { queueUrl } = resourceNames(prefix);
  const urlOf = (fn: string) => queueUrl(fn, { region, account });

  return new SqsSender({
    client: sqsClient({ region }),
    urlOf,
    timers: waitingTimers,
    random: systemRandom(),
  });
};

/** Unwraps the keys of workspaces, as far as the function's role allows. */
export const keys: OpenPort<KeyService> = ({ settings: { region, dataKey } }) =>
  kmsKeys({ client: kmsClient({ region }), keyId: dataKey });

/** Reads the secrets of the function. */
export const secrets: OpenPort<SecretVault> = ({ name, settings: { prefix, region } }) => {
  const { secret } = resourceNames(prefix);
  return new SecretsManagerVault({
    client: secretsManagerClient({ region }),
    secretId: (secretName) => secret(name, secretName),
    clock: systemClock,
  });
};

/** Calls the functions of these vendors. */
export const vendors =
  (declared: readonly Vendor[]): OpenPort<VendorGateway> =>
  ({ settings: { prefix, region } }) => {
    const names = resourceNames(prefix);
    return new LambdaGateway({
      client: lambdaClient({ region }),
      vendors: new Map(
        declared.map(({ name, kind }) => [
          name,
          { kind, function: names.function(`vendor.${name}`) },
        ]),
      ),
    });
  };

/** Services that a function of an automation uses, in addition to the ledger. */
export interface EngineServices {
  readonly queues?: OpenPort<MessageSender>;
  readonly keys?: OpenPort<KeyService>;
  readonly secrets?: OpenPort<SecretVault>;
  readonly vendors?: OpenPort<VendorGateway>;
}

/** Opens the adapters of an automation's function: the ledger and the services that it uses. */
export function engineOnAws(open: EngineServices): AwsWiring<EnginePorts>['open'] {
  return async (deployment) => {
    const settings = settingsFor(deployment, Object.keys(open) as Service[]);
    const configured = { ...deployment, settings };
    const metrics = metricsOf(configured);
    const random = systemRandom();

    return {
      ledger: ledgerOn(configured, metrics, open.queues),
      keys: new WorkspaceKeys(
        open.keys?.(configured) ?? absent('keys', configured),
        systemClock,
        metrics,
      ),
      vault: open.secrets?.(configured) ?? absent('secrets', configured),
      vendors: open.vendors?.(configured) ?? absent('vendors', configured),
      clock: systemClock,
      // A timer must keep the function alive, so that a step that waits forever reaches its
      // timeout.
      timers: waitingTimers,
      random,
      log: jsonLog(writeLine, systemClock.now),
      metrics,
    };
  };
}

/** Opens the ledger of a function, which counts the outcomes of commits. */
export function ledgerOn(
  deployment: Deployment,
  metrics: Metrics,
  openSender?: OpenPort<MessageSender>,
): Ledger {
  const { settings, name, bundle } = deployment;

  const ledger = new DynamoLedger(
    { name, bundle },
    {
      client: dynamoClient({ region: settings.region }),
      tables: resourceNames(settings.prefix).tables,
      sender: openSender?.(deployment) ?? absent('queues', deployment),
      clock: systemClock,
      timers: waitingTimers,
      random: systemRandom(),
      metrics,
    },
  );

  return measured(ledger, metrics);
}

export const metricsOf = ({ name, settings }: Deployment): Metrics =>
  new EmfMetrics({
    write: writeLine,
    clock: systemClock,
    environment: settings.prefix,
    function: name,
  });

/** Opens the adapters of a vendor function: the vendor's location and secret. */
export function vendorOnAws(vendor: Vendor): AwsWiring<VendorPorts>['open'] {
  return async (deployment) => ({
    vault: secrets({ ...deployment, settings: settingsFor(deployment, ['secrets']) }),
    place: { url: `https://${vendor.hosts[0]}`, allowLoopback: false },
    clock: systemClock,
  });
}

/**
 * Reads the settings that a function needs for these services.
 *
 * @throws `wiring.incomplete` (stop).
 */
export function settingsFor(
  { name }: DeployedFunction,
  services: readonly Service[],
  more: readonly Setting[] = [],
): Settings {
  const needs = services.flatMap((service): readonly Setting[] => SERVICES[service]);
  return readSettings(name, ['prefix', 'region', ...needs, ...more], process.env);
}

/**
 * Writes one line to the log group of the function. Does not use `console.log`, because the runtime
 * adds a prefix.
 */
export function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * Returns a placeholder for a service that the function does not use and its bundle does not
 * contain.
 */
export function absent<Port extends object>(service: string, { name }: DeployedFunction): Port {
  return new Proxy({} as Port, {
    get() {
      throw new DefectError(
        `function ${name} was built without ${service}, which its declaration does not use`,
      );
    },
  });
}
