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

/** Environment of the alarms. It determines their names and recipients. */
export interface OnCall {
  readonly environment: Environment;
  readonly arns: Arns;
}

/**
 * Text of an alarm for the on-call person, who may see it at night and for the first time. It
 * contains names of resources, but never values.
 */
export interface AlarmText {
  /** Description of the event, in one or two self-contained sentences. */
  readonly happened: string;
  /** First check, and next actions. */
  readonly first: string;
}

export interface OnCallAlarmProps extends OnCall, AlarmText {
  /** Name from `alarmNames`. */
  readonly name: string;
  readonly metric: IMetric;
  /**
   * Threshold. The alarm is raised at this value and above.
   *
   * @default 1
   */
  readonly atLeast?: number;
  /**
   * Number of consecutive periods of five minutes that must reach the threshold.
   *
   * @default 1
   */
  readonly periods?: number;
}

/** An alarm with instructions. It also sends a notification when it is resolved. */
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
 * Returns the properties of every alarm. Missing data does not raise an alarm, because AWS reports
 * most metrics only for resources in use, and an automation may be idle for a week.
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
