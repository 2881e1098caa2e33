import { namesOf } from '../names.ts';
import type { AnyStatement } from './locked-statement.ts';
import { arnsNowhere, NOWHERE } from './placeholders.ts';

/**
 * Statements that let services of AWS in. The constructs of roles and of the topic make them with the construct library, so they
 * are written down here a second time; the test of the lock holds the two together.
 */

const ARNS = arnsNowhere(NOWHERE);
const NAMES = namesOf(NOWHERE);
const HERE = { 'aws:SourceAccount': '{account}' };

/** Who may take roles on: a service, on behalf of nothing outside the account. */
export const TRUST: Readonly<Record<string, readonly AnyStatement[]>> = {
  'trust of a function': [mayAssume('lambda', { StringEquals: HERE })],
  'trust of a schedule': [mayAssume('scheduler', { StringEquals: { ...HERE, 'aws:SourceArn': ARNS.scheduleGroup('{automation}') } })],
  'trust of the record of flows': [
    mayAssume('vpc-flow-logs', { StringEquals: HERE, ArnLike: { 'aws:SourceArn': 'arn:aws:ec2:{region}:{account}:vpc-flow-log/*' } }),
  ],
};

/** The name under which the traffic of an isolated network is written down. */
export const FLOWS = 'network.flows';

export const RECORD_OF_FLOWS: AnyStatement = {
  Sid: 'WriteRecords',
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
  Resource: [ARNS.logStreams(FLOWS)],
};

/** Of the topic that alarms go to: three services publish, and nobody in clear text. */
export const ALARM_TOPIC: Readonly<Record<string, readonly AnyStatement[]>> = {
  'alarm topic': [
    {
      Sid: 'AllowPublishThroughSSLOnly',
      Effect: 'Deny',
      Principal: '*',
      Action: 'sns:Publish',
      Resource: ARNS.alarmTopic,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
    publishes('CloudWatch', `arn:aws:cloudwatch:{region}:{account}:alarm:${NAMES.alarm('*')}`),
    publishes('Budgets', 'arn:aws:budgets::{account}:*'),
  ],
  'alarm topic where findings are told': [publishes('Events')],
};

function mayAssume(service: string, Condition: NonNullable<AnyStatement['Condition']>): AnyStatement {
  return { Effect: 'Allow', Principal: { Service: `${service}.amazonaws.com` }, Action: 'sts:AssumeRole', Condition };
}

function publishes(service: string, source?: string): AnyStatement {
  return {
    Sid: `${service}Publishes`,
    Effect: 'Allow',
    Principal: { Service: `${service.toLowerCase()}.amazonaws.com` },
    Action: 'sns:Publish',
    Resource: ARNS.alarmTopic,
    ...(source === undefined ? {} : { Condition: { StringEquals: HERE, ArnLike: { 'aws:SourceArn': source } } }),
  };
}
