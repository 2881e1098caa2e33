import {
  Alarm,
  type AlarmBase,
  ComparisonOperator,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Environment } from '../../config/environment.ts';
import type { Arns } from '../../naming/arns.ts';
import { namesOf } from '../../naming/names.ts';
import { alarmTopicArn } from './alarm-topic.ts';

/** Whose alarms they are, which says what they are called and whom they tell. */
export interface OnCall {
  readonly environment: Environment;
  readonly arns: Arns;
}

/**
 * What an alarm tells whoever is on call, perhaps at night and for the first time. Names of
 * resources, never a value.
 */
export interface AlarmText {
  /** What happened: one or two sentences that need no other. */
  readonly happened: string;
  /** What to look at first, and what to do then. */
  readonly first: string;
}

export interface OnCallAlarmProps extends OnCall, AlarmText {
  /** One of `alarmNames`. */
  readonly name: string;
  readonly metric: IMetric;
  /**
   * The alarm is raised from this value on.
   *
   * @default 1
   */
  readonly atLeast?: number;
  /**
   * How many periods of five minutes in a row have to reach it.
   *
   * @default 1
   */
  readonly periods?: number;
}

/** An alarm that says what to do, and tells of its end as well as of its beginning. */
export class OnCallAlarm extends Alarm {
  constructor(
    scope: Construct,
    id: string,
    { atLeast = 1, periods = 1, ...props }: OnCallAlarmProps,
  ) {
    super(scope, id, {
      ...described(props.environment, props.name, props),
      metric: props.metric,
      threshold: atLeast,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: periods,
      datapointsToAlarm: periods,
    });
    tell(this, props);
  }
}

/**
 * What every alarm has. Where nothing was measured nothing went wrong: AWS reports most measures
 * only of what is in use, and an automation may rest for a week.
 */
export function described(environment: Environment, name: string, { happened, first }: AlarmText) {
  return {
    alarmName: namesOf(environment).alarm(name),
    alarmDescription: `${happened} Look first: ${first}`,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  };
}

export function tell(alarm: AlarmBase, { environment, arns }: OnCall): void {
  const topic = { bind: () => ({ alarmActionArn: alarmTopicArn(environment, arns) }) };
  alarm.addAlarmAction(topic);
  alarm.addOkAction(topic);
}
