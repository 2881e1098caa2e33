import invoiceApproval from '#functions/automations/invoice-approval/automation.ts';
import bank from '#functions/vendors/bank/vendor.ts';
import {
  authoritiesOf,
  authorityOfVendor,
  type FunctionAuthority,
} from '#infra/authority/authority.ts';
import { boundaryOf, statementsOfRole } from '#infra/authority/boundary.ts';
import { SEQUENCER } from '#infra/authority/policies.ts';
import type { Statement } from '#infra/authority/statements.ts';
import type { LiveRun } from './run.ts';

/** Who makes calls in the facts, by the function's name. */
export const PAY = 'invoice-approval.pay';
export const INTAKE = 'invoice-approval.intake';
export const TIMERS = 'invoice-approval.timers';
export const BANK = 'vendor.bank';
/** Stands for the function that will make keys of workspaces. */
export const MINT = 'keys.mint';
/** Has every right over what the run made, and over nothing else. */
export const ADMINISTRATOR = 'administrator';
export { SEQUENCER };

export interface LiveRole {
  readonly fn: string;
  readonly path: string;
  readonly statements: readonly Statement[];
  /** Whether it stands under the environment's boundary. */
  readonly bounded: boolean;
}

/**
 * The sample's functions with exactly the statements that a deployment would give them, and a few
 * roles beside them.
 */
export function rolesOf(run: LiveRun): LiveRole[] {
  const { arns, environment, names } = run;
  const declared = [...authoritiesOf(invoiceApproval, arns), authorityOfVendor(bank, arns)];

  const ofFunction = (authority: FunctionAuthority): LiveRole => ({
    fn: authority.name,
    path: names.rolePath(authority.writer),
    statements: statementsOfRole(authority, arns, environment),
    bounded: true,
  });

  const beside = (
    fn: string,
    Action: readonly string[],
    Resource: readonly string[],
    path = names.rolePath(false),
  ): LiveRole => ({
    fn,
    path,
    statements: [{ Sid: 'Beside', Effect: 'Allow', Action, Resource }],
    bounded: false,
  });

  return [
    ...declared.filter(({ name }) => [PAY, INTAKE, TIMERS, BANK].includes(name)).map(ofFunction),
    beside(MINT, ['kms:GenerateDataKey'], [arns.dataKey]),
    beside(SEQUENCER, ['s3:PutObject'], [`${arns.archive}/*`]),
    beside(
      ADMINISTRATOR,
      ['dynamodb:*', 'kms:*', 's3:*', 'secretsmanager:*', 'sqs:*'],
      everything(run),
      `/${run.prefix}/`,
    ),
  ];
}

export const boundaryStatements = ({ arns, environment }: LiveRun): Statement[] =>
  boundaryOf(arns, environment);

/** ARN of a role of the run. */
export function roleArn(
  { account, names }: LiveRun,
  { fn, path }: Pick<LiveRole, 'fn' | 'path'>,
): string {
  return `arn:aws:iam::${account}:role${path}${names.function(fn)}`;
}

function everything({ arns, prefix, region, account }: LiveRun): string[] {
  const own = (service: string, resource: string) =>
    `arn:aws:${service}:${region}:${account}:${resource}`;
  return [
    own('dynamodb', `table/${prefix}-*`),
    own('sqs', `${prefix}_*`),
    own('secretsmanager', `secret:${prefix}/*`),
    arns.dataKey,
    arns.archive,
    `${arns.archive}/*`,
  ];
}
