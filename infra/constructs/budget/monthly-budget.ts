import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Construct } from 'constructs';
import type { Environment } from '../../config/environment.ts';
import type { Arns } from '../../naming/arns.ts';
import { namesOf } from '../../naming/names.ts';
import { alarmTopicArn } from '../watch/alarm-topic.ts';

export interface MonthlyBudgetProps {
  readonly environment: Environment;
  readonly arns: Arns;
  /** Monthly limit in US dollars. */
  readonly limitUsd: number;
}

/**
 * A budget that sends a notification when costs reach 80 % of the monthly limit, and when they are
 * forecast to exceed it. It never stops a resource.
 *
 * Costs are attributed by the tag `writ:environment`, which every stack applies to its resources.
 * The budget shows no costs until the tag is activated as a cost allocation tag in the payer
 * account, which must be done once. AWS offers the tag for activation about a day after the first
 * deployment. Costs without tags, such as traffic between regions or support, are not part of any
 * environment's budget.
 */
export class MonthlyBudget extends Construct {
  constructor(scope: Construct, id: string, { environment, arns, limitUsd }: MonthlyBudgetProps) {
    super(scope, id);

    const topic = { subscriptionType: 'SNS', address: alarmTopicArn(environment, arns) };

    const at = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notification: {
        notificationType,
        comparisonOperator: 'GREATER_THAN',
        threshold,
        thresholdType: 'PERCENTAGE',
      },
      subscribers: [topic],
    });

    new CfnBudget(this, 'Budget', {
      budget: {
        budgetName: namesOf(environment).prefix,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: limitUsd, unit: 'USD' },
        costFilters: { TagKeyValue: [`user:writ:environment$${environment.id}`] },
      },
      notificationsWithSubscribers: [at('ACTUAL', 80), at('FORECASTED', 100)],
    });
  }
}
