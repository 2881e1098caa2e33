import type { Construct } from 'constructs';
import { namesOf } from '../../names.ts';
import { alarmNames } from './alarm-names.ts';
import { measuresOf } from './measures.ts';
import { type OnCall, OnCallAlarm } from './on-call-alarm.ts';

/** The alarm on decisions about access that failed. One is enough: policies are tested before they are deployed, so none should. */
export class AccessAlarm extends OnCallAlarm {
  constructor(scope: Construct, id: string, onCall: OnCall) {
    const { logGroup } = namesOf(onCall.environment);
    super(scope, id, {
      ...onCall,
      name: alarmNames.accessErrors,
      metric: measuresOf(onCall.environment).own('AccessErrors'),
      happened: 'A policy failed while it was decided what somebody may do, or a custom role was not valid. What was asked for was denied.',
      first: `search log groups ${logGroup('runs')}, ${logGroup('gates')} and those of the other functions of the API for lines that hold "AccessErrors": "function" in such a line says where. If it began with a deployment, deploy the revision before; if with a new role, that role is what is wrong.`,
    });
  }
}
