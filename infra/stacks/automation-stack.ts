import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import type { Flow } from '#shared/automation/index.ts';
import { arnsOf } from '../arns.ts';
import { authoritiesOf } from '../authority.ts';
import type { Bundles } from '../bundles.ts';
import { type EnvironmentConfig, type FunctionName, namesOf } from '../config.ts';
import { AutomationStep } from '../constructs/automation-step/automation-step.ts';
import { QueueFunction } from '../constructs/queue-function/queue-function.ts';
import { ScheduledFunction } from '../constructs/scheduled-function/scheduled-function.ts';

export interface AutomationStackProps {
  readonly environment: EnvironmentConfig;
  readonly flow: Flow;
  readonly bundles: Bundles;
}

/** Everything one automation runs on, all of it derived from its declaration. */
export class AutomationStack extends Stack {
  constructor(scope: Construct, id: string, { environment, flow, bundles }: AutomationStackProps) {
    super(scope, id, { env: { region: environment.region }, description: `Writ: automation ${flow.name}` });
    const names = namesOf(environment);
    const secret = (fn: FunctionName, name: string) =>
      new Secret(this, `Secret-${fn}-${name}`, { secretName: names.secret(fn, name), removalPolicy: RemovalPolicy.RETAIN }).secretArn;
    const dataKey = StringParameter.valueForStringParameter(this, names.dataKeyParameter);
    const { partition, region, account } = this;
    const arns = arnsOf(environment, { partition, region, account, dataKey, secret });
    const authorities = new Map(authoritiesOf(flow, arns).map((authority) => [authority.name, authority]));
    const props = (part: string) => {
      const authority = authorities.get(`${flow.name}.${part}`);
      if (authority === undefined) throw new Error(`no authority was derived for ${flow.name}.${part}`);
      return { environment, arns, authority, code: bundles(authority.name) };
    };
    const senders = (part: string) =>
      [...authorities.values()]
        .filter(({ sendsTo }) => sendsTo.includes(`${flow.name}.${part}`))
        .map(({ name, writer }) => arns.role(name, writer));

    const { queue: deadLetterQueue } = new QueueFunction(this, 'dead', { ...props('dead'), timeout: ENGINE_TIMEOUT });
    new QueueFunction(this, 'intake', { ...props('intake'), timeout: ENGINE_TIMEOUT, deadLetterQueue, senders: senders('intake') });
    for (const { step, timeoutMs } of flow.steps.values()) {
      new AutomationStep(this, step.name, { ...props(step.name), stepTimeoutMs: timeoutMs, deadLetterQueue, senders: senders(step.name) });
    }
    const group = new ScheduleGroup(this, 'Schedules', { scheduleGroupName: names.scheduleGroup(flow.name) });
    for (const part of ['sweeper', 'timers']) new ScheduledFunction(this, part, { ...props(part), group });
  }
}

/** For functions that only read and commit. */
const ENGINE_TIMEOUT = Duration.seconds(30);
