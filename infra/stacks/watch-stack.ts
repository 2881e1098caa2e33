import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../config/environment.ts';
import { MonthlyBudget } from '../constructs/budget/monthly-budget.ts';
import { AlarmTopic } from '../constructs/watch/alarm-topic.ts';
import { ApiAlarms } from '../constructs/watch/api-alarms.ts';
import { Dashboards } from '../constructs/watch/dashboards.ts';
import { RateAlarms } from '../constructs/watch/rate-alarms.ts';
import { TableAlarms } from '../constructs/watch/table-alarms.ts';
import { ThreatDetection } from '../constructs/watch/threat-detection.ts';
import type { Watched } from '../constructs/watch/watched.ts';
import { arnsIn, stackProps } from './stack-props.ts';

export interface WatchStackProps {
  readonly environment: Environment;
  readonly automations: readonly Watched[];
}

/**
 * The alarm topic, and monitoring of the environment as a whole. Alarms of a function or a queue
 * are in its own stack. It refers to resources by name, so it can be deployed first, and no
 * function runs unmonitored.
 */
export class WatchStack extends Stack {
  constructor(scope: Construct, id: string, { environment, automations }: WatchStackProps) {
    super(scope, id, stackProps(environment, 'alarms, dashboards, threat detection, budget'));

    const onCall = { environment, arns: arnsIn(this, environment) };
    const topic =
      environment.alarms.topicArn === undefined ? [new AlarmTopic(this, 'Alarms', onCall)] : [];

    new TableAlarms(this, 'Tables', onCall);
    new RateAlarms(this, 'Rates', { ...onCall, automations });
    new Dashboards(this, 'Dashboards', { environment, automations });
    if (environment.api !== undefined) new ApiAlarms(this, 'Api', onCall);

    if (environment.threatDetection !== 'none') new ThreatDetection(this, 'Threats', onCall);

    if (environment.monthlyBudgetUsd === undefined) return;

    const budget = new MonthlyBudget(this, 'Budget', {
      ...onCall,
      limitUsd: environment.monthlyBudgetUsd,
    });

    budget.node.addDependency(...topic); // AWS Budgets rejects a topic to which it may not publish
  }
}
