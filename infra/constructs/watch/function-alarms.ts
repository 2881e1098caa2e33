import { Construct } from 'constructs';
import { type FunctionName, namesOf } from '../../naming/names.ts';
import { alarmNames } from './alarm-names.ts';
import { manualActions } from './by-hand.ts';
import { measuresOf } from './measures.ts';
import { type OnCall, OnCallAlarm } from './on-call-alarm.ts';

export interface FunctionAlarmsProps extends OnCall {
  readonly fn: FunctionName;
}

/** The two alarms of a function: crashes and throttling. */
export class FunctionAlarms extends Construct {
  constructor(scope: Construct, id: string, { fn, ...onCall }: FunctionAlarmsProps) {
    super(scope, id);

    const names = namesOf(onCall.environment);
    const measure = measuresOf(onCall.environment).function(fn);

    // counts only uncaught errors. A step that fails as declared, or a message reported as failed,
    // is not an uncaught error
    new OnCallAlarm(this, 'Errors', {
      ...onCall,
      name: alarmNames.errors(fn),
      metric: measure('Errors'),
      happened: `${fn} crashed, ran out of memory or ran into its timeout. A single failure loses nothing: its queue, caller or schedule repeats the call.`,
      first: `open log group ${names.logGroup(fn)} at the time of the alarm and find the invocation that has no end. If it began with a deployment, deploy the revision before; if it goes on, expect parked runs.`,
    });

    // only after 15 consecutive minutes, because bursts resolve themselves: Lambda slows polling
    // down and messages are redelivered
    new OnCallAlarm(this, 'Throttles', {
      ...onCall,
      name: alarmNames.throttles(fn),
      metric: measure('Throttles'),
      periods: 3,
      happened: `Lambda throttled ${fn} for 15 minutes: the concurrency of this account and region is used up. Messages wait, and those delivered too often are parked.`,
      first: `compare ConcurrentExecutions with its limit on the dashboard of the Lambda console and find which function takes it. If a queue feeds it, ${manualActions.takeLess}; else ask AWS for a higher quota.`,
    });
  }
}
