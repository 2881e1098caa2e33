import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import type { Flow } from '#shared/automation/index.ts';
import { authoritiesOf } from '../authority/authority.ts';
import type { Bundles } from '../build/bundles.ts';
import type { Environment } from '../config/environment.ts';
import { AutomationStep } from '../constructs/automation-step/automation-step.ts';
import { DeadLetterConsumer } from '../constructs/dead-letter-consumer/dead-letter-consumer.ts';
import { OwnedSecret } from '../constructs/owned-secret/owned-secret.ts';
import { importedId } from '../constructs/parameters.ts';
import { QueueFunction } from '../constructs/queue-function/queue-function.ts';
import { ScheduledFunction } from '../constructs/scheduled-function/scheduled-function.ts';
import { type FunctionName, namesOf } from '../naming/names.ts';
import type { ApiGroup } from './api-stack.ts';
import { arnsIn, stackProps } from './stack-props.ts';

export interface AutomationStackProps {
  readonly environment: Environment;
  readonly flow: Flow;
  readonly bundles: Bundles;
  /** Groups of the API. Some send to the automation's queues. */
  readonly groups: readonly ApiGroup[];
}

/** All resources of one automation, derived from its declaration. */
export class AutomationStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { environment, flow, bundles, groups }: AutomationStackProps,
  ) {
    super(scope, id, stackProps(environment, `automation ${flow.name}`));

    const arns = arnsIn(this, environment, {
      dataKey: importedId(this, environment, 'data-key-arn'),
      secret: (fn, name) =>
        new OwnedSecret(this, `Secret-${fn}-${name}`, {
          environment,
          owner: fn,
          reader: arns.role(fn, true),
          name,
        }).arn,
    });

    const authorities = new Map(
      authoritiesOf(flow, arns).map((authority) => [authority.name, authority]),
    );

    const props = (part: string) => {
      const authority = authorities.get(`${flow.name}.${part}`);
      if (authority === undefined)
        throw new Error(`no authority was derived for ${flow.name}.${part}`);
      return { environment, arns, authority, bundle: bundles(authority.name) };
    };

    // only the roles of the API's functions are needed here. Their secrets are in the API's stack
    const ofApi = groups.map(({ authority }) =>
      authority(arnsIn(this, environment, { secret: () => '' }), environment),
    );
    const senders = (part: string) =>
      [...authorities.values(), ...ofApi]
        .filter(({ sendsTo }) => sendsTo.includes(`${flow.name}.${part}`))
        .map(({ name, writer }) => arns.role(name, writer));

    const behindQueues = new Map<FunctionName, QueueFunction>();
    const intake = new QueueFunction(this, 'intake', {
      ...props('intake'),
      timeout: ENGINE_TIMEOUT,
      senders: senders('intake'),
    });

    behindQueues.set(`${flow.name}.intake`, intake);

    for (const { step, timeoutMs } of flow.steps.values()) {
      const made = new AutomationStep(this, step.name, {
        ...props(step.name),
        stepTimeoutMs: timeoutMs,
        senders: senders(step.name),
      });

      behindQueues.set(`${flow.name}.${step.name}`, made);
    }

    const queues = new Map(
      [...behindQueues].map(([fn, { deadLetterQueue }]) => [fn, deadLetterQueue]),
    );

    new DeadLetterConsumer(this, 'dead', {
      ...props('dead'),
      timeout: ENGINE_TIMEOUT,
      queues,
      automation: flow.name,
    });

    const group = new ScheduleGroup(this, 'Schedules', {
      scheduleGroupName: namesOf(environment).scheduleGroup(flow.name),
      // it does not contain data, and a retained group would block its name
      removalPolicy: RemovalPolicy.DESTROY,
    });

    for (const part of ['sweeper', 'timers'])
      new ScheduledFunction(this, part, { ...props(part), automation: flow.name, group });
  }
}

/** Timeout of functions that only read and commit. */
const ENGINE_TIMEOUT = Duration.seconds(30);
