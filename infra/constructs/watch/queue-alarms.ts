import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type FunctionName, namesOf } from '../../naming/names.ts';
import { alarmNames } from './alarm-names.ts';
import { combined, measuresOf } from './measures.ts';
import { type OnCall, OnCallAlarm } from './on-call-alarm.ts';
import { automationOf, deadLetterConsumerOf } from './watched.ts';

export interface QueueAlarmsProps extends OnCall {
  /** The function behind the queue. */
  readonly fn: FunctionName;
  /** How long a message that was handed out stays hidden from others. */
  readonly visibilityTimeout: Duration;
}

/** The two alarms of a queue: messages are not taken from it, or not from its dead-letter queue. */
export class QueueAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { fn, visibilityTimeout, ...onCall }: QueueAlarmsProps,
  ) {
    super(scope, id);

    const names = namesOf(onCall.environment);
    const { queue, deadLetterQueue } = measuresOf(onCall.environment);
    const consumer = deadLetterConsumerOf(automationOf(fn));
    const tooOld = oldestWithoutTrouble(visibilityTimeout);

    new OnCallAlarm(this, 'Waiting', {
      ...onCall,
      name: alarmNames.waiting(fn),
      metric: queue(fn)('ApproximateAgeOfOldestMessage', Stats.MAXIMUM),
      atLeast: tooOld.toSeconds(),
      happened: `A message in queue ${names.queue(fn)} is older than ${Math.floor(tooOld.toSeconds() / 60)} minutes: ${fn} does not keep up, or does not run at all.`,
      first: `see whether the alarms ${alarmNames.errors(fn)} or ${alarmNames.throttles(fn)} are raised, and whether the function's event source mapping is enabled. If both are well, more comes in than it can do: find the source under "What comes in" on dashboard ${names.prefix}.`,
    });

    const held = (
      ['ApproximateNumberOfMessagesVisible', 'ApproximateNumberOfMessagesNotVisible'] as const
    ).map((name) => deadLetterQueue(fn)(name, Stats.MAXIMUM));

    // both: one that the consumer fails on again and again is hidden nearly all the time. 15
    // minutes, because one that is parked at once is told by another alarm
    new OnCallAlarm(this, 'DeadLetters', {
      ...onCall,
      name: alarmNames.deadLetters(fn),
      metric: combined('SUM', held, 'Dead letters'),
      periods: 3,
      happened: `For 15 minutes there have been messages in ${names.deadLetterQueue(fn)}: ${consumer} does not take them. Their runs neither go on nor are they parked. SQS drops a message 14 days after it was first sent.`,
      first: `open log group ${names.logGroup(consumer)}; without lines there, see whether the function's event source mapping of this queue is enabled. Leave the messages where they are: when the consumer works again it parks their runs.`,
    });
  }
}

/**
 * The greatest age a message reaches where all is well, or where it alone fails: it may be held
 * back for 15 minutes when it is sent, and SQS leaves it out of the measure once it was handed out
 * for the third time, two visibility timeouts later. Whatever is older was not taken.
 */
function oldestWithoutTrouble(visibilityTimeout: Duration): Duration {
  return Duration.seconds(15 * 60 + 2 * visibilityTimeout.toSeconds());
}
