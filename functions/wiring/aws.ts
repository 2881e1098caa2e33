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

/** What a part of the wiring is opened with. */
export interface Deployment extends DeployedFunction {
  readonly settings: Settings;
}

/**
 * One of the {@link SERVICES}. A function's bundle names those it uses, and has the clients of
 * these and of no others.
 */
export type Part<Port> = (around: Deployment) => Port;

/** Puts messages into the queues of the environment. */
export const queues: Part<MessageSender> = ({ settings: { prefix, region, account } }) => {
  const { queueUrl } = resourceNames(prefix);
  const urlOf = (fn: string) => queueUrl(fn, { region, account });

  return new SqsSender({
    client: sqsClient({ region }),
    urlOf,
    timers: waitingTimers,
    random: systemRandom(),
  });
};

/** Unwraps the keys of workspaces, as far as the function's role goes. */
export const keys: Part<KeyService> = ({ settings: { region, dataKey } }) =>
  kmsKeys({ client: kmsClient({ region }), keyId: dataKey });

/** Reads the secrets that belong to the function. */
export const secrets: Part<SecretVault> = ({ name, settings: { prefix, region } }) => {
  const { secret } = resourceNames(prefix);
  return new SecretsManagerVault({
    client: secretsManagerClient({ region }),
    secretId: (own) => secret(name, own),
    clock: systemClock,
  });
};

/** Calls the functions of these vendors. */
export const vendors =
  (declared: readonly Vendor[]): Part<VendorGateway> =>
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

/** Services that a function of an automation uses beside the ledger. */
export interface EngineServices {
  readonly queues?: Part<MessageSender>;
  readonly keys?: Part<KeyService>;
  readonly secrets?: Part<SecretVault>;
  readonly vendors?: Part<VendorGateway>;
}

/** The ports of a function of an automation: the ledger, and the services it uses beside it. */
export function engineOnAws(parts: EngineServices): AwsWiring<EnginePorts>['open'] {
  return async (deployment) => {
    const settings = settingsFor(deployment, Object.keys(parts) as Service[]);
    const around = { ...deployment, settings };
    const metrics = metricsOf(around);
    const random = systemRandom();

    return {
      ledger: ledgerOn(around, metrics, parts.queues),
      keys: new WorkspaceKeys(parts.keys?.(around) ?? absent('keys', around), systemClock, metrics),
      vault: parts.secrets?.(around) ?? absent('secrets', around),
      vendors: parts.vendors?.(around) ?? absent('vendors', around),
      clock: systemClock,
      // nothing else keeps a function alive whose step waits for ever: its time must run out
      timers: waitingTimers,
      random,
      log: jsonLog(writeLine, systemClock.now),
      metrics,
    };
  };
}

/** The ledger of a function, which counts what becomes of commits. */
export function ledgerOn(
  around: Deployment,
  metrics: Metrics,
  sender?: Part<MessageSender>,
): Ledger {
  const { settings, name, bundle } = around;

  const ledger = new DynamoLedger(
    { name, bundle },
    {
      client: dynamoClient({ region: settings.region }),
      tables: resourceNames(settings.prefix).tables,
      sender: sender?.(around) ?? absent('queues', around),
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

/** The ports of a vendor's function: where the vendor is, and its secret. */
export function vendorOnAws(vendor: Vendor): AwsWiring<VendorPorts>['open'] {
  return async (deployment) => ({
    vault: secrets({ ...deployment, settings: settingsFor(deployment, ['secrets']) }),
    place: { url: `https://${vendor.hosts[0]}`, allowLoopback: false },
    clock: systemClock,
  });
}

/** @throws `wiring.incomplete` (stop). */
export function settingsFor(
  { name }: DeployedFunction,
  services: readonly Service[],
  more: readonly Setting[] = [],
): Settings {
  const needs = services.flatMap((service): readonly Setting[] => SERVICES[service]);
  return readSettings(name, ['prefix', 'region', ...needs, ...more], process.env);
}

/**
 * A line of its own in the function's log group. Not `console.log`, before which the runtime puts
 * words of its own.
 */
export function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * What stands for a service that the function does not use, and whose client its bundle does not
 * have.
 */
export function absent<Port extends object>(what: string, { name }: DeployedFunction): Port {
  return new Proxy({} as Port, {
    get() {
      throw new DefectError(
        `function ${name} was built without ${what}, which by its declaration it does not use`,
      );
    },
  });
}
