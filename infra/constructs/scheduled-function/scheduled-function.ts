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
   * Time between two calls, in whole minutes.
   *
   * @default Duration.minutes(1)
   */
  readonly every?: Duration;
  /**
   * How long one call may take.
   *
   * @default Duration.seconds(30)
   */
  readonly timeout?: Duration;
}

/**
 * A function that a schedule calls. A call that fails is not repeated: the next one does what is
 * left.
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
      // the target's own grant would also let it call every version of the function
      target: new LambdaInvoke(target, {
        role,
        retryAttempts: 0,
        maxEventAge: Duration.minutes(1),
      }),
    });
  }
}
