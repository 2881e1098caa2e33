import type { Environment } from '#infra/config/environment.ts';
import { readConfiguration } from '#infra/config/read-configuration.ts';
import { omitUndefined } from '#shared/kernel/index.ts';
import type { Row } from './words/function-rows.ts';

/** What an environment makes of the authority that is the same everywhere. */
export interface EnvironmentAuthority {
  readonly id: string;
  readonly region: string;
  readonly account?: string;
  /** The workspace that has it to itself. */
  readonly cell?: string;
  readonly egress: 'open' | 'isolated';
  /** Who proves what the network lets through, where egress is isolated. */
  readonly network?: 'ours' | 'estate';
  /** Why egress is open. */
  readonly reason?: string;
  readonly boundary: 'ours' | 'estate';
  readonly dataKey: 'ours' | 'estate';
  readonly signedCode: boolean;
}

/**
 * The environments of a configuration file.
 *
 * @throws `configuration.refused`, as for what would be deployed.
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

/** What holds in an environment, and what does not: each with who or what holds it. */
export function environmentRows({
  cell,
  egress,
  network,
  reason,
  boundary,
  dataKey,
  signedCode,
}: EnvironmentAuthority): Row[] {
  const open = `open: a step's code can reach the whole internet; the list of vendors and their hosts is held by code alone`;
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
        ? 'ours: its policy lets functions use it, and nobody else'
        : "the estate's: who else uses it is for the estate to prove",
    ],
    [
      'code',
      signedCode
        ? 'only bundles that were signed'
        : 'any bundle: what runs is what whoever deploys put there',
    ],
  ];
}
