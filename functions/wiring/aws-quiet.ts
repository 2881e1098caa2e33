import { fetchedKeys } from '#shared/identity/adapters/fetched-keys.ts';
import type { IssuerKeys } from '#shared/identity/index.ts';
import { jsonLog, systemClock } from '#shared/kernel/index.ts';
import type { OpenPorts } from '../framework/http/ports.ts';
import { metricsOf, settingsFor, writeLine } from './aws.ts';
import type { AwsWiring } from './deployed.ts';

/**
 * Opens the adapters of a public function, which does not authenticate callers and uses no AWS
 * service except its log.
 */
export function openOnAws(): AwsWiring<OpenPorts>['open'] {
  return async (deployment) => ({
    log: jsonLog(writeLine, systemClock.now),
    metrics: metricsOf({ ...deployment, settings: settingsFor(deployment, []) }),
  });
}

/** Opens the adapters of the function that fetches the public keys of the environment's issuer. */
export function issuerOnAws(): AwsWiring<{ readonly keys: IssuerKeys }>['open'] {
  return async (deployment) => ({
    keys: fetchedKeys({ issuer: settingsFor(deployment, [], ['issuer']).issuer }),
  });
}
