import { Construct } from 'constructs';
import { namesOf } from '../../naming/names.ts';
import { alarmNames } from './alarm-names.ts';
import { FEW, measuresOf } from './measures.ts';
import { type OnCall, OnCallAlarm } from './on-call-alarm.ts';

/**
 * The two alarms on metrics that the API's functions emit. Lambda does not count a failure for
 * which the function returns a response.
 */
export class ApiAlarms extends Construct {
  constructor(scope: Construct, id: string, onCall: OnCall) {
    super(scope, id);

    const { logGroup } = namesOf(onCall.environment);
    const { own } = measuresOf(onCall.environment);
    const search = `search log groups ${logGroup('runs')}, ${logGroup('gates')} and those of the other functions of the API for`;

    // threshold of 1: policies are tested before deployment, so an access decision should never
    // fail
    new OnCallAlarm(this, 'Access', {
      ...onCall,
      name: alarmNames.accessErrors,
      metric: own('AccessErrors'),
      happened:
        'A policy failed during authorization, or a custom role was invalid. The request was denied.',
      first: `${search} lines that hold "AccessErrors": "function" in such a line says where. If it began with a deployment, deploy the revision before; if with a new role, that role is what is wrong.`,
    });

    new OnCallAlarm(this, 'Failed', {
      ...onCall,
      name: alarmNames.requestsFailed,
      metric: own('RequestsFailed'),
      atLeast: FEW,
      happened: `The functions of the API answered at least ${FEW} requests in five minutes with 500 or 503, for a reason that is ours. Lambda counts no errors then: the functions ran.`,
      first: `${search} "a request failed": "code" in such a line says why, "route" what was asked for. With identity.unavailable the issuer of tokens gives no keys: look at ${logGroup('issuer')}, and at the issuer. With ledger.unavailable look at the alarms of the tables. If it began with a deployment, deploy the revision before.`,
    });
  }
}
