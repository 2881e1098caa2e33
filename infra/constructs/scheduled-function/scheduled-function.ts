import { Duration } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression, type ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { calls } from '../../authority/statements.ts';
import { trustOfSchedule } from '../../authority/trust.ts';
import { namesOf } from '../../naming/names.ts';
import { BoundedRole } from '../bounded-role/bounded-role.ts';
import {
  GovernedFunction,
  type GovernedFunctionProps,
} from '../governed-function/governed-function.ts';

export interface ScheduledFunctionProps extends Omit<GovernedFunctionProps, 'timeout'> {
  readonly automation: string;
  readonly group: ScheduleGroup;
  /**
   * Interval between calls, in whole minutes.
   *
   * @default Duration.minutes(1)
   */
  readonly every?: Duration;
  /**
   * Timeout of one call.
   *
   * @default Duration.seconds(30)
   */
  readonly timeout?: Duration;
}

/**
 * A function that a schedule calls. A failed call is not retried, because the next call does the
 * remaining work.
 */
export class ScheduledFunction extends Construct {
  constructor(
    scope: Construct,
    id: string,
    {
      automation,
      group,
      every = Duration.minutes(1),
      timeout = Duration.seconds(30),
      ...props
    }: ScheduledFunctionProps,
  ) {
    super(scope, id);

    const { arns, authority, environment } = props;
    const names = namesOf(environment);
    const { function: target } = new GovernedFunction(this, 'Function', { ...props, timeout });

    const { role } = new BoundedRole(this, 'Caller', {
      arns,
      roleName: names.schedulerRole(authority.name),
      path: names.rolePath(false),
      description: `Lets the schedule call ${authority.name}`,
      trust: trustOfSchedule(arns, automation),
      statements: calls(arns, [authority.name]),
    });

    new Schedule(this, 'Schedule', {
      scheduleName: names.function(authority.name),
      scheduleGroup: group,
      schedule: ScheduleExpression.rate(every),
      // the grant of the CDK's target would also allow calls of every version of the function
      target: new LambdaInvoke(target, {
        role,
        retryAttempts: 0,
        maxEventAge: Duration.minutes(1),
      }),
    });
  }
}
