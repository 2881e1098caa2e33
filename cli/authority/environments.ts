import type { Environment } from '#infra/config/environment.ts';
import { readConfiguration } from '#infra/config/read-configuration.ts';
import { omitUndefined } from '#shared/kernel/index.ts';
import type { Row } from './descriptions/function-rows.ts';

/** Properties of an environment that affect what functions can reach. */
export interface EnvironmentAuthority {
  readonly id: string;
  readonly region: string;
  readonly account?: string;
  /** Workspace of a single-workspace environment. */
  readonly cell?: string;
  readonly egress: 'open' | 'isolated';
  /**
   * Owner of the isolated network: this project, or the estate, which must then prove the
   * isolation.
   */
  readonly network?: 'ours' | 'estate';
  /** Configured reason for open egress. */
  readonly reason?: string;
  readonly boundary: 'ours' | 'estate';
  readonly dataKey: 'ours' | 'estate';
  readonly signedCode: boolean;
}

/**
 * Reads the environments of a configuration file.
 *
 * @throws `configuration.refused`, for the same errors as a deployment.
 */
export async function environmentsIn(file: string): Promise<EnvironmentAuthority[]> {
  return (await readConfiguration(file)).map(authorityIn);
}

function authorityIn({
  id,
  region,
  account,
  cell,
  egress,
  estate,
  codeSigning,
}: Environment): EnvironmentAuthority {
  return omitUndefined({
    ...{ id, region },
    account,
    cell,
    egress: egress.mode,
    network:
      egress.mode === 'isolated' ? (egress.network === undefined ? 'ours' : 'estate') : undefined,
    reason: egress.mode === 'open' && egress.reason !== undefined ? egress.reason : undefined,
    boundary: estate.boundaryArn === undefined ? 'ours' : 'estate',
    dataKey: estate.dataKeyArn === undefined ? 'ours' : 'estate',
    signedCode: codeSigning !== undefined,
  });
}

/** Formats the limits of an environment and their enforcement. */
export function environmentRows({
  cell,
  egress,
  network,
  reason,
  boundary,
  dataKey,
  signedCode,
}: EnvironmentAuthority): Row[] {
  const open = `open: a step's code can reach the whole internet; only code enforces the list of vendors and their hosts`;
  const isolated =
    network === 'ours'
      ? 'isolated: step functions sit in a network without a way out'
      : "isolated in the estate's network: what can be reached from it is for the estate to prove";

  return [
    [
      'egress',
      egress === 'open'
        ? `${open}${reason === undefined ? '' : `. Reason given: ${reason}`}`
        : isolated,
    ],
    [
      'workspaces',
      cell === undefined
        ? 'pooled: kept apart by code and authenticated encryption, not by IAM'
        : `a cell of ${cell}: tables and keys hold nothing of others, and roles are confined to it`,
    ],
    [
      'boundary',
      boundary === 'ours'
        ? 'ours, over every role'
        : "the estate's: each role holds what ours would refuse; the closed list of actions is not held",
    ],
    [
      'data key',
      dataKey === 'ours'
        ? 'ours: its policy lets only functions use it'
        : "the estate's: the estate has to prove who else uses it",
    ],
    [
      'code',
      signedCode
        ? 'only bundles that were signed'
        : 'any bundle: functions run what the deployer uploaded',
    ],
  ];
}
