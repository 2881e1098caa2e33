import { resourceNames } from '#functions/wiring/names.ts';
import { type Environment, environmentOf } from '#infra/config/environment.ts';
import { type Arns, arnsOf } from '#infra/naming/arns.ts';
import { namesOf } from '#infra/naming/names.ts';
import type { Ground } from './guards.ts';

/** What the name of everything begins with that any run ever makes. */
export const PREFIX = 'writ-live-';
/** The tag that everything carries; its value is the run's id. */
export const TAG = 'writ:live';

/** A run, as it is handed from the process that makes things to the tests. */
export interface RunData extends Ground {
  /** Drawn anew for each run: 8 lower-case letters and digits. */
  readonly id: string;
  /** ARN of the data key. */
  readonly dataKey: string;
  /** ARN of the secret of the sample vendor's function. */
  readonly secret: string;
}

/**
 * A run with its names: those of an environment called `live-<id>`, so that every statement is
 * derived as for a deployed one.
 */
export interface LiveRun extends RunData {
  readonly prefix: string;
  readonly environment: Environment;
  readonly names: ReturnType<typeof namesOf>;
  readonly arns: Arns;
  /** In the form in which functions name queues: of the account, at the endpoint of the region. */
  queueUrl(fn: string): string;
}

export function liveRun(data: RunData): LiveRun {
  const { id, account, region, dataKey, secret } = data;
  const environment = { ...environmentOf({ name: 'dev', region, account }), id: `live-${id}` };
  const names = namesOf(environment);

  return {
    ...data,
    prefix: names.prefix,
    environment,
    names,
    arns: arnsOf(environment, { partition: 'aws', region, account, dataKey, secret: () => secret }),
    queueUrl: (fn) => resourceNames(names.prefix).queueUrl(fn, data),
  };
}
