import type { Construct } from 'constructs';
import { namesOf } from '../../naming/names.ts';
import { alarmNames } from './alarm-names.ts';
import { FEW, measuresOf } from './measures.ts';
import { type OnCall, OnCallAlarm } from './on-call-alarm.ts';

export interface GatewayAlarmProps extends OnCall {
  /**
   * Id of the API. API Gateway assigns it, so this alarm is in the API's stack and not with the
   * environment's alarms.
   */
  readonly apiId: string;
}

/**
 * The alarm on error responses that API Gateway sent. It includes failures that functions cannot
 * measure, because the function did not start, was throttled, or could not be called.
 */
export class GatewayAlarm extends OnCallAlarm {
  constructor(scope: Construct, id: string, { apiId, ...onCall }: GatewayAlarmProps) {
    const { logGroup } = namesOf(onCall.environment);

    super(scope, id, {
      ...onCall,
      name: alarmNames.serverErrors,
      metric: measuresOf(onCall.environment).gateway(apiId)('5xx'),
      atLeast: FEW,
      happened: `API Gateway answered at least ${FEW} requests in five minutes with a status from 500 on: its functions could not answer, or it got no answer from them.`,
      first: `see whether ${alarmNames.requestsFailed}, or an alarm of a function of the API that ends in /errors or /throttles, is raised too: it says more. If none is, search log group ${logGroup('api.access')} for lines whose "status" begins with 5: "route" says which function it was, "functionStatus" and "refusal" how calling it ended. If it began with a deployment, deploy the revision before.`,
    });
  }
}
