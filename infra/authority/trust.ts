import type { Arns } from '../naming/arns.ts';
import type { Statement } from './statements.ts';

/** Lets a service take a role on. */
export type Trust = Omit<Statement, 'Principal'> & {
  readonly Principal: { readonly Service: string };
};

/**
 * Who may take a role on: one service of AWS, on behalf of nothing outside the account.
 *
 * A function's role names no function in `aws:SourceArn`: Lambda also takes the role on to poll
 * queues, and nowhere says what it gives as the source then.
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

/** Of the role with which the schedules of an automation call. */
export const trustOfSchedule = (arns: Arns, automation: string) =>
  takenOnBy('scheduler', arns, {
    StringEquals: { 'aws:SourceArn': arns.scheduleGroup(automation) },
  });

/** Of the role with which EC2 writes down the traffic of the isolated network. */
export const trustOfFlowRecord = (arns: Arns) =>
  takenOnBy('vpc-flow-logs', arns, { ArnLike: { 'aws:SourceArn': arns.flowLogs } });
