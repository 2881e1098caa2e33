import { kmsClient, kmsKeys } from '#shared/crypto/adapters/kms.ts';
import { SecretsManagerVault, secretsManagerClient } from '#shared/crypto/adapters/secrets-manager.ts';
import { type KeyService, type SecretVault, WorkspaceKeys } from '#shared/crypto/index.ts';
import type { EnginePorts, VendorGateway } from '#shared/engine/index.ts';
import { EmfMetrics } from '#shared/kernel/adapters/emf.ts';
import { DefectError, jsonLog, type Metrics, systemClock, systemRandom, waitingTimers } from '#shared/kernel/index.ts';
import { DynamoLedger, dynamoClient } from '#shared/ledger/adapters/dynamodb/ledger.ts';
import { SqsSender, sqsClient } from '#shared/ledger/adapters/sqs/sender.ts';
import { type MessageSender, measured } from '#shared/ledger/index.ts';
import { LambdaGateway, lambdaClient } from '#shared/vendors/adapters/lambda-gateway.ts';
import type { Vendor } from '#shared/vendors/index.ts';
import type { VendorPorts } from '../middleware/vendor-function.ts';
import type { AwsWiring, Deployment } from './deployed.ts';
import { resourceNames } from './names.ts';
import { readSettings, type Setting, type Settings } from './settings.ts';

/** What a part of the wiring is opened with. */
interface Around extends Deployment {
  readonly settings: Settings;
  readonly metrics: Metrics;
}

/**
 * One service of AWS that a function uses. A function's bundle names the parts it needs, and has the clients of these and of no
 * others.
 */
interface Part<Port> {
  readonly needs: readonly Setting[];
  open(around: Around): Port;
}

/** Puts messages into the queues of the environment. */
export const queues: Part<MessageSender> = {
  needs: ['account'],
  open({ settings: { prefix, region, account } }) {
    const { queue } = resourceNames(prefix);
    const urlOf = (fn: string) => `https://sqs.${region}.amazonaws.com/${account}/${queue(fn)}`;
    return new SqsSender({ client: sqsClient({ region }), urlOf, timers: waitingTimers, random: systemRandom() });
  },
};

/** Unwraps the keys of workspaces, as far as the function's role goes. */
export const keys: Part<KeyService> = {
  needs: ['dataKey'],
  open({ settings: { region, dataKey }, metrics }) {
    const service = kmsKeys({ client: kmsClient({ region }), keyId: dataKey });
    return {
      generate: (context) => service.generate(context),
      unwrap(wrapped, context) {
        metrics.add('KeysUnwrapped', 1);
        return service.unwrap(wrapped, context);
      },
    };
  },
};

/** Reads the secrets that belong to the function. */
export const secrets: Part<SecretVault> = {
  needs: [],
  open({ name, settings: { prefix, region } }) {
    const { secret } = resourceNames(prefix);
    return new SecretsManagerVault({ client: secretsManagerClient({ region }), secretId: (own) => secret(name, own), clock: systemClock });
  },
};

/** Calls the functions of these vendors. */
export const vendors = (declared: readonly Vendor[]): Part<VendorGateway> => ({
  needs: [],
  open({ settings: { prefix, region } }) {
    const names = resourceNames(prefix);
    return new LambdaGateway({
      client: lambdaClient({ region }),
      vendors: new Map(declared.map(({ name, kind }) => [name, { kind, function: names.function(`vendor.${name}`) }])),
    });
  },
});

interface Parts {
  readonly queues?: Part<MessageSender>;
  readonly keys?: Part<KeyService>;
  readonly secrets?: Part<SecretVault>;
  readonly vendors?: Part<VendorGateway>;
}

/** The ports of a function of an automation: the ledger, and the services it uses beside it. */
export function engineOnAws(parts: Parts): AwsWiring<EnginePorts>['open'] {
  const needs = Object.values(parts).flatMap((part) => part.needs);
  return async (deployment) => {
    const around = surroundings(deployment, needs);
    const { settings, metrics } = around;
    const { table } = resourceNames(settings.prefix);
    const random = systemRandom();
    const ledger = new DynamoLedger(deployment, {
      client: dynamoClient({ region: settings.region }),
      tables: { state: table('state'), trail: table('trail'), keys: table('keys') },
      sender: parts.queues?.open(around) ?? absent('queues', around),
      clock: systemClock,
      timers: waitingTimers,
      random,
      metrics,
    });
    return {
      ledger: measured(ledger, metrics),
      keys: new WorkspaceKeys(parts.keys?.open(around) ?? absent('keys', around), systemClock),
      vault: parts.secrets?.open(around) ?? absent('secrets', around),
      vendors: parts.vendors?.open(around) ?? absent('vendors', around),
      clock: systemClock,
      timers: waitingTimers, // nothing else keeps a function alive whose step waits for ever: its time must run out
      random,
      log: jsonLog(writeLine, systemClock.now),
      metrics,
    };
  };
}

/** The ports of a vendor's function: where the vendor is, and its secret. */
export function vendorOnAws(vendor: Vendor): AwsWiring<VendorPorts>['open'] {
  return async (deployment) => ({
    vault: secrets.open(surroundings(deployment, secrets.needs)),
    place: { url: `https://${vendor.hosts[0]}`, allowLoopback: false },
  });
}

function surroundings(deployment: Deployment, needs: readonly Setting[]): Around {
  const settings = readSettings(deployment.name, ['prefix', 'region', ...needs], process.env);
  const to = { write: writeLine, clock: systemClock };
  return { ...deployment, settings, metrics: new EmfMetrics({ ...to, environment: settings.prefix, function: deployment.name }) };
}

/** A line of its own in the function's log group. Not `console.log`, before which the runtime puts words of its own. */
function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** What stands for a service that the function does not use, and whose client its bundle does not have. */
function absent<Port extends object>(what: string, { name }: Deployment): Port {
  return new Proxy({} as Port, {
    get() {
      throw new DefectError(`function ${name} was built without ${what}, which by its declaration it does not use`);
    },
  });
}
