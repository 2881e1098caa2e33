import { AnomalyDetectionAlarm, ComparisonOperator, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { namesOf } from '../../naming/names.ts';
import { alarmNames } from './alarm-names.ts';
import { manualActions } from './by-hand.ts';
import { measuresOf } from './measures.ts';
import { type AlarmText, described, type OnCall, tell } from './on-call-alarm.ts';
import { intakeOf, type Watched } from './watched.ts';

export interface RateAlarmsProps extends OnCall {
  readonly automations: readonly Watched[];
}

/**
 * Anomaly alarms on rates that exceed their usual level at the same hour of the week. CloudWatch
 * learns the level from the previous two weeks, so these alarms are silent at first in a new
 * environment.
 *
 * They watch the volume of each automation, and total rates that indicate cost or harm: writes of
 * state, growth of the trail (which cannot be undone), reads of wrapped keys (how much sealed data
 * is opened), and denials. A budget watches the cost itself. Exports do not have a metric yet.
 */
export class RateAlarms extends Construct {
  constructor(scope: Construct, id: string, { automations, ...onCall }: RateAlarmsProps) {
    super(scope, id);

    const withIntake = automations.filter(({ name, queues }) => queues.includes(intakeOf(name)));
    for (const rate of [
      ...withIntake.map(({ name }) => intakeRate(onCall, name)),
      ...ledgerRates(onCall),
    ]) {
      const alarm = new AnomalyDetectionAlarm(this, rate.name.replace('/', '-'), {
        ...described(onCall.environment, rate.name, rate),
        metric: rate.metric,
        // volume is uneven: with a band of two deviations, or a single period, a busy morning would
        // raise an alarm
        stdDevs: 3,
        evaluationPeriods: 3,
        datapointsToAlarm: 3,
        // low volume means a holiday, or causes a backlog that has its own alarm
        comparisonOperator: ComparisonOperator.GREATER_THAN_UPPER_THRESHOLD,
      });

      tell(alarm, onCall);
    }
  }
}

interface Rate extends AlarmText {
  readonly name: string;
  readonly metric: Metric;
}

function intakeRate({ environment }: OnCall, automation: string): Rate {
  const intake = intakeOf(automation);
  return {
    name: alarmNames.intakeRate(automation),
    metric: measuresOf(environment).queue(intake)('NumberOfMessagesSent'),
    happened: `Far more runs of ${automation} are started than is usual at this hour.`,
    first: `see which function's invocations rose with the messages in queue ${namesOf(environment).queue(intake)}: only functions that start runs, decide gates or continue runs send there. Ask whether the rise is expected. If it is not, ${manualActions.takeNoMoreFrom('that')}: no run gets past a gate then.`,
  };
}

function ledgerRates({ environment }: OnCall): Rate[] {
  const { own, table } = measuresOf(environment);
  const runs = `"What comes in" on dashboard ${namesOf(environment).prefix}`;

  return [
    {
      name: alarmNames.writeRate('state'),
      metric: table('state')('ConsumedWriteCapacityUnits'),
      happened: 'Far more is written to the table of state than is usual at this hour.',
      first: `compare with ${runs}. Without more runs, a step is repeated or its fields grow: the function whose invocations rose shows which.`,
    },
    {
      name: alarmNames.writeRate('trail'),
      metric: table('trail')('ConsumedWriteCapacityUnits'),
      happened:
        'Far more is written to the trail than is usual at this hour, and entries cannot be removed.',
      first: `compare with ${runs}. Without more runs, something fills it with refusals or repetitions: find the function whose invocations rose, look at its log group, and ${manualActions.takeNoMoreFrom('its')}.`,
    },
    {
      name: alarmNames.refusalRate,
      metric: own('Refusals'),
      happened:
        'Far more is refused than is usual at this hour: invalid starts, decisions by people without the role, effects without approval, steps that exceed their declaration.',
      first: `compare with ${runs}. Then search the log groups that begin with ${namesOf(environment).logGroup('')} for lines that hold "Refusals": "function" in such a line says where. A single automation is most likely a bad file or a wrong role; many at once, an attacker probing for access.`,
    },
    {
      name: alarmNames.readRate('keys'),
      metric: table('keys')('ConsumedReadCapacityUnits'),
      happened:
        'Far more wrapped keys are read than is usual at this hour: more sealed data is being opened.',
      first: `compare with ${runs}. Without more runs, treat it as an attempt to read a lot: find the function whose invocations rose, ${manualActions.stop}, and look at its log group.`,
    },
  ];
}
