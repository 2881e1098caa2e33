import type { Construct } from 'constructs';
import { namesOf } from '../../naming/names.ts';
import { alarmNames } from './alarm-names.ts';
import { manualActions } from './by-hand.ts';
import { measuresOf } from './measures.ts';
import { type OnCall, OnCallAlarm } from './on-call-alarm.ts';
import { deadLetterConsumerOf } from './watched.ts';

export interface GaveUpAlarmProps extends OnCall {
  readonly automation: string;
}

/**
 * The alarm on undeliverable messages of an automation. It counts calls of the dead-letter
 * consumer, because SQS does not count a message that it moves to a dead-letter queue as sent.
 */
export class GaveUpAlarm extends OnCallAlarm {
  constructor(scope: Construct, id: string, { automation, ...onCall }: GaveUpAlarmProps) {
    const { logGroup } = namesOf(onCall.environment);
    const consumer = deadLetterConsumerOf(automation);

    super(scope, id, {
      ...onCall,
      name: alarmNames.gaveUp(automation),
      metric: measuresOf(onCall.environment).function(consumer)('Invocations'),
      happened: `${automation} gave up on a message after too many deliveries, and parked its run with the reason. The alarm resolves by itself, the run stays parked: this release has no operation that continues it.`,
      first: `search the log groups that begin with ${logGroup(`${automation}.`)} for "step failed" and "a message will be delivered again" in the minutes before; the code in such a line says why. As long as the cause is there, ${manualActions.takeNoMoreFrom("that step's")}: what waits in it is not given up.`,
    });
  }
}
