import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type FunctionName, namesOf } from '../../naming/names.ts';
import { alarmNames } from './alarm-names.ts';
import { combined, measuresOf } from './measures.ts';
import { type OnCall, OnCallAlarm } from './on-call-alarm.ts';
import { automationOf, deadLetterConsumerOf } from './watched.ts';

export interface QueueAlarmsProps extends OnCall {
  /** Function that consumes the queue. */
  readonly fn: FunctionName;
  /** Visibility timeout of the queue. */
  readonly visibilityTimeout: Duration;
}

/**
 * The two alarms of a queue. One is on unconsumed messages in the queue, the other on messages in
 * its dead-letter queue.
 */
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

    // includes invisible messages, because a message that keeps failing is invisible most of the
    // time. Waits 15 minutes, because a different alarm covers messages that are parked at once
    new OnCallAlarm(this, 'DeadLetters', {
      ...onCall,
      name: alarmNames.deadLetters(fn),
      metric: combined('SUM', held, 'Dead letters'),
      periods: 3,
      happened: `For 15 minutes there have been messages in ${names.deadLetterQueue(fn)}: ${consumer} does not receive them. Their runs neither continue nor are parked. SQS drops a message 14 days after it was first sent.`,
      first: `open log group ${names.logGroup(consumer)}; without lines there, see whether the function's event source mapping of this queue is enabled. Leave the messages where they are: when the consumer works again it parks their runs.`,
    });
  }
}

/**
 * Returns the maximum age of a message in normal operation, or if only that message fails. A
 * message may be delayed by 15 minutes when sent. SQS excludes it from the metric after its third
 * delivery, two visibility timeouts later. An older message was not consumed.
 */
function oldestWithoutTrouble(visibilityTimeout: Duration): Duration {
  return Duration.seconds(15 * 60 + 2 * visibilityTimeout.toSeconds());
}
