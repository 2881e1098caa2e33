import type { Arns } from '../naming/arns.ts';
import type { Statement } from './statements.ts';

/** Statement that lets a service assume a role. */
export type Trust = Omit<Statement, 'Principal'> & {
  readonly Principal: { readonly Service: string };
};

/**
 * Lets one AWS service assume a role, only on behalf of this account.
 *
 * The trust policy of a function's role has no `aws:SourceArn`: Lambda also assumes the role to
 * poll queues, and the source that it sends in that case is not documented.
 */
function takenOnBy(
  service: string,
  arns: Arns,
  Condition: NonNullable<Statement['Condition']> = {},
): Trust {
  return {
    Sid: 'TakenOnByService',
    Effect: 'Allow',
    Principal: { Service: `${service}.amazonaws.com` },
    Action: ['sts:AssumeRole'],
    Condition: {
      ...Condition,
      StringEquals: { 'aws:SourceAccount': arns.account, ...Condition.StringEquals },
    },
  };
}

export const trustOfFunction = (arns: Arns) => takenOnBy('lambda', arns);

/** Trust policy of the role that an automation's schedules use. */
export const trustOfSchedule = (arns: Arns, automation: string) =>
  takenOnBy('scheduler', arns, {
    StringEquals: { 'aws:SourceArn': arns.scheduleGroup(automation) },
  });

/** Trust policy of the role with which EC2 publishes flow logs of the isolated network. */
export const trustOfFlowRecord = (arns: Arns) =>
  takenOnBy('vpc-flow-logs', arns, { ArnLike: { 'aws:SourceArn': arns.flowLogs } });
