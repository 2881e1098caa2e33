import { Validations } from 'aws-cdk-lib';
import { CfnFlowLog } from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { FLOWS, recordFlows } from '../../authority/statements.ts';
import { trustOfFlowRecord } from '../../authority/trust.ts';
import type { Environment } from '../../config/environment.ts';
import { type Arns, arnsOf } from '../../naming/arns.ts';
import { namesOf } from '../../naming/names.ts';
import { BoundedRole } from '../bounded-role/bounded-role.ts';
import { removalPolicy } from '../removal-policy.ts';

export interface FlowRecordProps {
  readonly environment: Environment;
  readonly arns: Arns;
  readonly vpcId: string;
}

/**
 * Fields of a line, in this order and separated by spaces. They are addresses and counts, without
 * content.
 */
const FIELDS = [
  'interface-id',
  'flow-direction',
  'srcaddr',
  'dstaddr',
  'dstport',
  'protocol',
  'packets',
  'bytes',
  'start',
  'end',
  'action',
  'pkt-dst-aws-service',
  'log-status',
];

/**
 * Flow logs of a network. They show the address to which each interface sent, or tried to send.
 * Each line aggregates up to ten minutes.
 *
 * The logs include accepted traffic, because only security groups and network ACLs reject traffic.
 * A connection to port 443 of a foreign address passes both and fails only because it has no route,
 * so a log of rejections would not show it. Legitimate destinations are addresses of the network
 * itself, or of DynamoDB, which the line names.
 *
 * Source: VPC user guide, "Flow log records" and "IAM role for publishing flow logs to CloudWatch
 * Logs".
 */
export class FlowRecord extends Construct {
  constructor(scope: Construct, id: string, { environment, arns, vpcId }: FlowRecordProps) {
    super(scope, id);

    const names = namesOf(environment);
    const log = new LogGroup(this, 'Log', {
      logGroupName: names.logGroup(FLOWS),
      retention: environment.logRetentionDays,
      removalPolicy: removalPolicy(environment),
    });

    const { arn } = new BoundedRole(this, 'Role', {
      arns,
      roleName: names.flowRole,
      path: names.rolePath(false),
      description: 'Lets EC2 write down the traffic of the isolated network',
      trust: trustOfFlowRecord(arns),
      statements: [recordFlows(arns)],
    });

    const { account = '<AWS::AccountId>', region } = environment;

    Validations.of(this).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${arnsOf(environment, { partition: 'aws', region, account, dataKey: '', secret: () => '' }).logStreams(FLOWS)}]`,
      reason: 'the streams of one log group, which EC2 names as it goes',
    });

    new CfnFlowLog(this, 'Flows', {
      resourceType: 'VPC',
      resourceId: vpcId,
      trafficType: 'ALL',
      logDestinationType: 'cloud-watch-logs',
      logGroupName: log.logGroupName,
      deliverLogsPermissionArn: arn,
      logFormat: FIELDS.map((field) => `\${${field}}`).join(' '),
      maxAggregationInterval: 600, // seconds
    });
  }
}
