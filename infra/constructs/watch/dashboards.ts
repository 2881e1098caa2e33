import {
  Alarm,
  AlarmState,
  AlarmStatusWidget,
  Dashboard,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Environment } from '../../config/environment.ts';
import { namesOf } from '../../naming/names.ts';
import { alarmsOf, alarmsOfEnvironment } from './alarm-names.ts';
import { apiGraphs, automationGraphs, ledgerGraphs, measuresTaken } from './graphs.ts';
import type { Watched } from './watched.ts';

export interface DashboardsProps {
  readonly environment: Environment;
  readonly automations: readonly Watched[];
}

/**
 * Dashboards of the environment: active alarms, volume, backlog, failures, and load of the ledger.
 */
export class Dashboards extends Construct {
  readonly #environment: Environment;

  constructor(scope: Construct, id: string, { environment, automations }: DashboardsProps) {
    super(scope, id);
    this.#environment = environment;

    const { prefix } = namesOf(environment);
    const text = `# ${prefix}\nMade by the deployment, which overwrites what is changed here. An alarm's description says what to look at first.`;

    for (const [i, page] of pagesOf(automations).entries()) {
      const raised = page.flatMap((automation) =>
        this.#raised(`Raised: ${automation.name}`, alarmsOf(automation)),
      );
      if (i === 0)
        raised.unshift(...this.#raised('Raised: environment', alarmsOfEnvironment(environment)));

      new Dashboard(this, `Page${i + 1}`, {
        dashboardName: i === 0 ? prefix : `${prefix}-${i + 1}`,
        widgets: [
          [new TextWidget({ markdown: text, width: 24, height: 2 })],
          raised,
          automationGraphs(environment, page),
          i === 0 && environment.api !== undefined ? apiGraphs(environment) : [],
          i === 0 ? ledgerGraphs(environment) : [],
        ],
      });
    }
  }

  /** Returns widgets that show which alarms are active. A widget can have at most 100 alarms. */
  #raised(title: string, names: readonly string[]): AlarmStatusWidget[] {
    const { alarm } = namesOf(this.#environment);
    const alarms = names.map((name) => Alarm.fromAlarmName(this, name, alarm(name)));

    return Array.from(
      { length: Math.ceil(alarms.length / 100) },
      (_, i) =>
        new AlarmStatusWidget({
          title,
          alarms: alarms.slice(100 * i, 100 * (i + 1)),
          states: [AlarmState.ALARM],
          width: 8,
          height: 3,
        }),
    );
  }
}

/**
 * Maximum number of metrics of automations on one dashboard. CloudWatch allows at most 500 metrics
 * in one graph, including metrics that only contribute to a sum. All graphs of a dashboard together
 * stay below that limit. The ledger and the API use 49 metrics.
 */
const ROOM = 440;

/** Distributes automations across dashboards. */
function pagesOf(automations: readonly Watched[]): Watched[][] {
  const pages: [Watched[], ...Watched[][]] = [[]];
  let [page] = pages;
  let room = ROOM;

  for (const automation of automations) {
    const taken = measuresTaken(automation);
    if (taken > room) {
      page = [];
      pages.push(page);
      room = ROOM;
    }

    page.push(automation);
    room -= taken;
  }

  return pages;
}
