import { Duration, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression, type ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { namesOf } from '../../names.ts';
import { toPolicy } from '../../policy-document.ts';
import { callFunction } from '../../statements.ts';
import { GovernedFunction, type GovernedFunctionProps } from '../governed-function/governed-function.ts';

export interface ScheduledFunctionProps extends Omit<GovernedFunctionProps, 'timeout'> {
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

/** A function that a schedule calls. A call that fails is not repeated: the next one does what is left. */
export class ScheduledFunction extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { group, every = Duration.minutes(1), timeout = Duration.seconds(30), ...props }: ScheduledFunctionProps,
  ) {
    super(scope, id);
    const { arns, authority, environment } = props;
    const names = namesOf(environment);
    const { function: target } = new GovernedFunction(this, 'Function', { ...props, timeout });
    const caller = new Role(this, 'Caller', {
      roleName: names.schedulerRole(authority.name),
      path: names.rolePath(false),
      description: `Lets the schedule call ${authority.name}`,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account, 'aws:SourceArn': group.scheduleGroupArn } },
      }),
      permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(this, 'Ceiling', arns.ceiling),
      inlinePolicies: { call: toPolicy([callFunction(arns, authority.name)]) },
    });
    new Schedule(this, 'Schedule', {
      scheduleName: names.function(authority.name),
      scheduleGroup: group,
      schedule: ScheduleExpression.rate(every),
      // the target's own grant would also let it call every version of the function
      target: new LambdaInvoke(target, { role: caller.withoutPolicyUpdates(), retryAttempts: 0, maxEventAge: Duration.minutes(1) }),
    });
  }
}
