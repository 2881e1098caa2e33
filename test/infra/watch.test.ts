import { globSync, readFileSync } from 'node:fs';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import bank from '#functions/vendors/bank/vendor.ts';
import { type EnvironmentConfig, environmentOf } from '#infra/config/environment.ts';
import { FunctionAlarms } from '#infra/constructs/watch/function-alarms.ts';
import { GaveUpAlarm } from '#infra/constructs/watch/gave-up-alarm.ts';
import { QueueAlarms } from '#infra/constructs/watch/queue-alarms.ts';
import type { Watched } from '#infra/constructs/watch/watched.ts';
import { API_ROUTES } from '#infra/declarations/api-routes.ts';
import { arnsOf } from '#infra/naming/arns.ts';
import { namesOf } from '#infra/naming/names.ts';
import { WatchStack } from '#infra/stacks/watch-stack.ts';
import { API, INLINE, synthesize } from './template.ts';

const ACCOUNT = '111122223333';
const PROD = {
  name: 'prod',
  region: 'eu-central-1',
  account: ACCOUNT,
  alarms: { emails: ['ops@example.com'] },
  monthlyBudgetUsd: 500,
} as const;
const TOPIC = `arn:aws:sns:eu-central-1:${ACCOUNT}:writ-prod-euc1-alarms`;
const OF_ESTATE = `arn:aws:sns:eu-central-1:${ACCOUNT}:pager`;

// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of many forms
type Properties = Record<string, any>;

const app = () =>
  new App({
    context: (JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> })
      .context,
  });

/** A part of a dashboard. */
interface Widget {
  readonly type: string;
  readonly properties: {
    readonly title?: string;
    readonly metrics?: readonly (readonly unknown[])[];
    readonly alarms?: readonly string[];
  };
}

/** The properties of a stack's resources by their type, with placeholders written out. */
function resourcesOf(stack: Stack) {
  const { Resources } = Template.fromStack(stack).toJSON() as {
    Resources: Record<string, { Type: string; Properties: Properties }>;
  };

  const write = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(write);
    if (typeof value !== 'object' || value === null) return value;
    const { Ref, 'Fn::Join': join } = value as Record<string, [string, unknown[]]>;
    if (join !== undefined) return (write(join[1]) as string[]).join(join[0]);
    if (String(Ref) === 'AWS::Partition') return 'aws';
    if (String(Ref) === 'AWS::AccountId') return ACCOUNT;
    if (Ref !== undefined)
      return Resources[String(Ref)]?.Type === 'AWS::SNS::Topic' ? TOPIC : String(Ref);

    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, write(inner)]));
  };

  return (type: string) =>
    Object.values(Resources)
      .filter(({ Type }) => Type === type)
      .map(({ Properties }) => write(Properties) as Properties);
}

const watch = (config: EnvironmentConfig, automations: readonly Watched[] = [INVOICES]) =>
  resourcesOf(new WatchStack(app(), 'Watch', { environment: environmentOf(config), automations }));

/**
 * An automation as its stack makes it: steps and an intake behind queues, and three functions that
 * are not.
 */
function automation(name: string, steps: readonly string[]): Watched {
  const queues = ['intake', ...steps].map((part) => `${name}.${part}`);
  return {
    name,
    queues,
    functions: [...queues, ...['dead', 'sweeper', 'timers'].map((part) => `${name}.${part}`)],
  };
}

const INVOICES = automation('invoice-approval', ['match-order', 'pay']);

/** The alarms that automations' own stacks hold. */
function alarmsOfAutomation(
  { name, functions, queues }: Watched,
  config: EnvironmentConfig = PROD,
  visibilityTimeout = Duration.minutes(3),
): Properties[] {
  const stack = new Stack(app(), 'Automation');
  const environment = environmentOf(config);

  const place = {
    partition: 'aws',
    region: config.region,
    account: ACCOUNT,
    dataKey: '',
    secret: () => '',
  };

  const onCall = { environment, arns: arnsOf(environment, place) };

  for (const fn of functions) new FunctionAlarms(stack, `Function-${fn}`, { ...onCall, fn });

  for (const fn of queues)
    new QueueAlarms(stack, `Queue-${fn}`, { ...onCall, fn, visibilityTimeout });

  new GaveUpAlarm(stack, 'GaveUp', { ...onCall, automation: name });

  return resourcesOf(stack)('AWS::CloudWatch::Alarm');
}

const named = (alarms: readonly Properties[], name: string) =>
  alarms.find(({ AlarmName }) => AlarmName === `writ-prod-euc1/${name}`)!;

const prod = watch(PROD);
const alarms = [...prod('AWS::CloudWatch::Alarm'), ...alarmsOfAutomation(INVOICES)];

/** An environment with an API and without an automation. */
const withApi = synthesize(
  { automations: [], vendors: [bank], bundles: INLINE, routes: API_ROUTES },
  { ...PROD, api: API },
);
const ofApi = (type: string) =>
  [...withApi.templates.values()].flatMap((stack) =>
    [...stack.values()].filter(({ Type }) => Type === type).map(({ Properties }) => Properties),
  );
const everyAlarm = [
  ...alarms,
  ...ofApi('AWS::CloudWatch::Alarm').filter(
    ({ AlarmName }) => !alarms.some((one) => one.AlarmName === AlarmName),
  ),
];

describe('an alarm', () => {
  it.each(everyAlarm.map((alarm) => [String(alarm.AlarmName), alarm]))(
    '%s tells the topic of its beginning and its end, and what to look at',
    (name, alarm) => {
      expect(name).toMatch(/^writ-prod-euc1\/[a-z.-]+\/[a-z-]+$/);
      expect([alarm.AlarmActions, alarm.OKActions]).toEqual([[TOPIC], [TOPIC]]);
      expect(alarm.AlarmDescription).toMatch(/^.{20,}\. Look first: [a-z].{20,}\.$/s);
      expect(alarm.AlarmDescription.length).toBeLessThanOrEqual(1_024);
      expect(alarm.TreatMissingData).toBe('notBreaching');
    },
  );

  it('is called like no other, nor is one of two automations that were named to be mistaken for another', () => {
    const odd = ['state', 'findings', 'gave-up'].flatMap((name) =>
      alarmsOfAutomation(automation(name, ['errors', 'lost'])),
    );
    const all = [...everyAlarm, ...odd].map(({ AlarmName }) => AlarmName);
    expect(new Set(all).size).toBe(all.length);
  });

  it('tells the topic of the estate where there is one', () => {
    const config = { ...PROD, alarms: { topicArn: OF_ESTATE } };
    const told = [
      ...watch(config)('AWS::CloudWatch::Alarm'),
      ...alarmsOfAutomation(INVOICES, config),
    ];

    expect(
      new Set(told.flatMap(({ AlarmActions, OKActions }) => [...AlarmActions, ...OKActions])),
    ).toEqual(new Set([OF_ESTATE]));
  });
});

describe('what people are told to do', () => {
  /**
   * What no part of the product can do yet. Whoever adds one takes it from this list, and lets
   * alarms name it where it helps.
   */
  const NOT_YET = {
    retry: /\bretr(?:y|ies|ying)\b/i,
    cancel: /\bcancel/i,
    halt: /\bhalt/i,
    pause: /\bpaus(?:e|es|ing)\b/i,
    resume: /\bresum(?:e|ing)\b/i,
    'list parked runs': /\b(?:list|find|show|open)\b[^.,;:]*\bparked\b/i,
    'read entries': /\b(?:read|look at|open)\b[^.,;:]*\bentr(?:y|ies)\b/i,
  };

  const rules = prod('AWS::Events::Rule').flatMap(({ Targets }) =>
    Targets.map(({ InputTransformer }: Properties) => String(InputTransformer.InputTemplate)),
  );
  const texts = [...everyAlarm.map(({ AlarmDescription }) => String(AlarmDescription)), ...rules];

  it.each(Object.entries(NOT_YET))('is never to %s, which nobody can', (_, pattern) => {
    expect(rules).toHaveLength(1);
    expect(texts.filter((text) => pattern.test(text))).toEqual([]);
  });

  it('leaves out what there is by now', () => {
    const operations = globSync('functions/http/*/operations.ts').flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^ {2}(\w+)\(/gm)].map(([, name = '']) => name),
    );
    expect(operations).toContain('decide');
    const missing = /retry|cancel|halt|pause|resume|parked|entries/i;
    expect(operations.filter((name) => missing.test(name))).toEqual([]);
  });

  it('names commands of AWS as they are called', () => {
    const commands = texts.flatMap((text) => text.match(/\baws [a-z0-9]+ [a-z-]+/g) ?? []);
    expect([...new Set(commands)].sort()).toEqual([
      'aws lambda put-function-concurrency',
      'aws lambda update-event-source-mapping',
    ]);
  });
});

describe('the alarms of a function and its queue', () => {
  const of = alarmsOfAutomation({
    name: 'invoice-approval',
    functions: ['invoice-approval.pay'],
    queues: ['invoice-approval.pay'],
  });

  const function_ = [{ Name: 'FunctionName', Value: 'writ-prod-euc1_invoice-approval_pay' }];

  it('are two for each, so that a stack has room for its steps', () => {
    expect(of).toHaveLength(2 + 2 + 1);
  });

  it('are raised by a single crash', () => {
    expect(named(of, 'invoice-approval.pay/errors')).toMatchObject({
      ...{
        Namespace: 'AWS/Lambda',
        MetricName: 'Errors',
        Dimensions: function_,
        Statistic: 'Sum',
        Period: 300,
      },
      ...{
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        EvaluationPeriods: 1,
      },
    });
  });

  it('are raised by throttling only when it lasts', () => {
    expect(named(of, 'invoice-approval.pay/throttles')).toMatchObject({
      ...{ MetricName: 'Throttles', Dimensions: function_, Statistic: 'Sum', Period: 300 },
      ...{ Threshold: 1, EvaluationPeriods: 3, DatapointsToAlarm: 3 },
    });
  });

  it('are raised by a message older than one that was held back and then failed twice', () => {
    expect(named(of, 'invoice-approval.pay/waiting')).toMatchObject({
      ...{
        Namespace: 'AWS/SQS',
        MetricName: 'ApproximateAgeOfOldestMessage',
        Statistic: 'Maximum',
        EvaluationPeriods: 1,
      },
      ...{
        Dimensions: [{ Name: 'QueueName', Value: 'writ-prod-euc1_invoice-approval_pay' }],
        Threshold: 15 * 60 + 2 * 3 * 60,
      },
    });
  });

  it('take a visibility timeout of any length', () => {
    const odd = alarmsOfAutomation(INVOICES, PROD, Duration.seconds(66));
    expect(named(odd, 'invoice-approval.pay/waiting')).toMatchObject({
      Threshold: 1_032,
      AlarmDescription: expect.stringContaining('older than 17 minutes'),
    });
  });

  it('are raised by a dead letter that nobody takes, hidden or not', () => {
    const { Metrics, ...alarm } = named(of, 'invoice-approval.pay/dead-letters');
    expect(alarm).toMatchObject({ Threshold: 1, EvaluationPeriods: 3, DatapointsToAlarm: 3 });

    const measured = Metrics.flatMap(({ MetricStat }: Properties) =>
      MetricStat === undefined ? [] : [MetricStat.Metric],
    );

    expect(measured.map(({ MetricName }: Properties) => MetricName).sort()).toEqual([
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesVisible',
    ]);

    for (const { Dimensions } of measured)
      expect(Dimensions[0].Value).toBe('writ-prod-euc1_invoice-approval_pay_dead');
  });

  it('are raised when the automation gave up on one message', () => {
    expect(named(of, 'invoice-approval/gave-up')).toMatchObject({
      ...{ MetricName: 'Invocations', Statistic: 'Sum', Threshold: 1, EvaluationPeriods: 1 },
      Dimensions: [{ Name: 'FunctionName', Value: 'writ-prod-euc1_invoice-approval_dead' }],
    });
  });
});

describe('the alarms of the ledger', () => {
  it('watch each table and each of its indexes for refused requests', () => {
    const queries = (name: string) =>
      named(alarms, name).Metrics.flatMap(({ MetricStat }: Properties) =>
        MetricStat === undefined ? [] : [MetricStat.Metric],
      );
    expect(queries('state/throttled')).toHaveLength(8);
    expect(queries('trail/throttled')).toHaveLength(4);
    expect(queries('keys/throttled')).toHaveLength(2);
  });

  it('measure no more than an alarm may', () => {
    for (const { Metrics = [] } of alarms)
      expect(
        Metrics.filter(({ MetricStat }: Properties) => MetricStat !== undefined).length,
      ).toBeLessThanOrEqual(10);
  });
});

describe('the alarms of the API', () => {
  const all = ofApi('AWS::CloudWatch::Alarm');

  const rings = {
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Statistic: 'Sum',
    Period: 300,
    EvaluationPeriods: 1,
  };

  const ofEnvironment = [{ Name: 'environment', Value: 'writ-prod-euc1' }];

  it('ring at the first decision about access that failed', () => {
    expect(named(all, 'api/access-errors')).toMatchObject({
      ...rings,
      Namespace: 'Writ',
      MetricName: 'AccessErrors',
      Threshold: 1,
    });
  });

  it('ring when a few requests failed within functions, which Lambda takes for successes', () => {
    const failed = {
      Namespace: 'Writ',
      MetricName: 'RequestsFailed',
      Dimensions: ofEnvironment,
      Threshold: 3,
    };
    expect(named(all, 'api/requests-failed')).toMatchObject({ ...rings, ...failed });
  });

  it('ring when API Gateway gave a few such answers, whoever failed', () => {
    const alarm = named(all, 'api/server-errors');

    expect(alarm).toMatchObject({
      ...rings,
      Namespace: 'AWS/ApiGateway',
      MetricName: '5xx',
      Threshold: 3,
    });

    expect(alarm.Dimensions).toEqual([
      { Name: 'ApiId', Value: expect.stringMatching(/^writ-prod-euc1-Api\/HttpApi/) },
    ]);
  });

  it.each(['access-errors', 'requests-failed', 'server-errors'])(
    'name what is there: %s',
    (alarm) => {
      const { AlarmDescription } = named(all, `api/${alarm}`);
      const names = (type: string, property: string) =>
        ofApi(type).map((properties) => String(properties[property]));
      const groups = String(AlarmDescription).match(/\/writ-prod-euc1\/[a-z.]+[a-z]/g) ?? [];

      expect(groups.length).toBeGreaterThan(0);
      expect(names('AWS::Logs::LogGroup', 'LogGroupName')).toEqual(expect.arrayContaining(groups));

      const others = String(AlarmDescription).match(/\bapi\/[a-z-]+/g) ?? [];

      expect(names('AWS::CloudWatch::Alarm', 'AlarmName')).toEqual(
        expect.arrayContaining(others.map((name) => `writ-prod-euc1/${name}`)),
      );
    },
  );

  it('say codes and fields that functions write into their lines', () => {
    const text = String(named(all, 'api/requests-failed').AlarmDescription);
    const [source, ...errors] = [
      'functions/framework/http/function.ts',
      'shared/identity/errors.ts',
      'shared/ledger/errors.ts',
    ].map((file) => readFileSync(file, 'utf8'));

    expect(text).toContain('"a request failed"');
    expect(source).toMatch(/log\.line\('error', 'a request failed', \{[^}]*\broute:[^}]*\bcode\b/);

    for (const code of text.match(/\b[a-z]+\.unavailable\b/g) ?? [])
      expect(errors.join()).toContain(`'${code}'`);
  });

  it('are on the dashboard, with a graph of what they measure and of requests that nobody known sent', () => {
    const [dashboard] = ofApi('AWS::CloudWatch::Dashboard');
    const { widgets } = JSON.parse(String(dashboard?.DashboardBody)) as { widgets: Widget[] };
    const shown = widgets.flatMap(({ properties }) => properties.alarms ?? []);

    expect(shown.map((arn) => arn.replace(/^.*:alarm:/, '')).sort()).toEqual(
      all.map(({ AlarmName }) => String(AlarmName)).sort(),
    );

    const graph = widgets.find(({ properties }) => properties.title?.startsWith('API:'));

    expect(graph?.properties.metrics?.map(([, name]) => name)).toEqual([
      'RequestsFailed',
      'RequestsUnidentified',
      'AccessErrors',
    ]);
  });

  it('are not there where there is no API', () => {
    const without = [...prod('AWS::CloudWatch::Alarm'), ...prod('AWS::CloudWatch::Dashboard')];
    expect(JSON.stringify(without)).not.toMatch(/writ-prod-euc1\/api\/|RequestsFailed/);
  });
});

describe('the alarm on documents that cannot be read', () => {
  it('rings at the first, with or without an API', () => {
    expect(named(alarms, 'ledger/documents-unreadable')).toMatchObject({
      ...{
        Namespace: 'Writ',
        MetricName: 'DocumentsUnreadable',
        Threshold: 1,
        EvaluationPeriods: 1,
      },
      Dimensions: [{ Name: 'environment', Value: 'writ-prod-euc1' }],
    });
  });
});

describe('the alarms on rates', () => {
  const rates = alarms.filter(({ AlarmName }) => String(AlarmName).endsWith('-rate'));

  it('watch what comes into each automation, what is written, and how much sealed data is opened', () => {
    expect(rates.map(({ AlarmName }) => AlarmName.replace('writ-prod-euc1/', '')).sort()).toEqual([
      'invoice-approval/intake-rate',
      'keys/read-rate',
      'ledger/refusal-rate',
      'state/write-rate',
      'trail/write-rate',
    ]);
  });

  it('learn a band and are raised above it only', () => {
    for (const { Metrics, ...alarm } of rates) {
      const band = Metrics.find(({ Id }: Properties) => Id === alarm.ThresholdMetricId);
      expect(band.Expression).toMatch(/^ANOMALY_DETECTION_BAND\(\w+, 3\)$/);
      expect(alarm).toMatchObject({
        ComparisonOperator: 'GreaterThanUpperThreshold',
        EvaluationPeriods: 3,
        DatapointsToAlarm: 3,
      });

      expect(alarm.Threshold).toBeUndefined();
    }
  });

  it('leave out functions that no run starts at', () => {
    const vendors = { name: 'vendors', functions: ['vendor.bank'], queues: [] };
    expect(
      watch(PROD, [vendors])('AWS::CloudWatch::Alarm').map(({ AlarmName }) => AlarmName),
    ).not.toContain('writ-prod-euc1/vendors/intake-rate');
  });
});

describe('the topic', () => {
  it('is the environment’s own, and asks each address', () => {
    expect(prod('AWS::SNS::Topic')).toMatchObject([{ TopicName: 'writ-prod-euc1-alarms' }]);
    expect(prod('AWS::SNS::Subscription')).toMatchObject([
      { Protocol: 'email', Endpoint: 'ops@example.com', TopicArn: TOPIC },
    ]);
  });

  it('takes messages from its environment’s alarms, from budgets and from findings, and none on an open line', () => {
    const [{ PolicyDocument, Topics }] = prod('AWS::SNS::TopicPolicy') as [Properties];

    expect(Topics).toEqual([TOPIC]);

    const from = (service: string, Condition: object) => ({
      Effect: 'Allow',
      Action: 'sns:Publish',
      Resource: TOPIC,
      Principal: { Service: service },
      ...Condition,
    });

    const source = (arn: string) => ({
      Condition: {
        StringEquals: { 'aws:SourceAccount': ACCOUNT },
        ArnLike: { 'aws:SourceArn': arn },
      },
    });

    expect(PolicyDocument.Statement.map(({ Sid, ...statement }: Properties) => statement)).toEqual([
      {
        Effect: 'Deny',
        Action: 'sns:Publish',
        Resource: TOPIC,
        Principal: { AWS: '*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
      from(
        'cloudwatch.amazonaws.com',
        source(`arn:aws:cloudwatch:eu-central-1:${ACCOUNT}:alarm:writ-prod-euc1/*`),
      ),
      from('budgets.amazonaws.com', source(`arn:aws:budgets::${ACCOUNT}:*`)),
      from('events.amazonaws.com', {}),
    ]);
  });

  it('is not made where the estate has one', () => {
    const estate = watch({ ...PROD, alarms: { topicArn: OF_ESTATE } });
    for (const type of ['Topic', 'TopicPolicy', 'Subscription'])
      expect(estate(`AWS::SNS::${type}`)).toEqual([]);

    expect(estate('AWS::Events::Rule')[0]?.Targets).toMatchObject([{ Arn: OF_ESTATE }]);

    const [{ NotificationsWithSubscribers }] = estate('AWS::Budgets::Budget') as [Properties];

    expect(NotificationsWithSubscribers[0].Subscribers).toEqual([
      { SubscriptionType: 'SNS', Address: OF_ESTATE },
    ]);
  });
});

describe('threat detection', () => {
  const made = (threatDetection: 'ours' | 'estate' | 'none') => {
    const resources = watch({ ...PROD, threatDetection });
    return {
      detectors: resources('AWS::GuardDuty::Detector'),
      rules: resources('AWS::Events::Rule'),
      policies: resources('AWS::SNS::TopicPolicy'),
    };
  };

  it('of ours watches where functions connect to and what is done with objects', () => {
    const { detectors } = made('ours');

    expect(detectors).toMatchObject([
      {
        Enable: true,
        Features: [
          { Name: 'LAMBDA_NETWORK_LOGS', Status: 'ENABLED' },
          { Name: 'S3_DATA_EVENTS', Status: 'ENABLED' },
        ],
      },
    ]);
  });

  it.each(['ours', 'estate'] as const)(
    'of %s tells of findings from medium severity on, without what is in them',
    (who) => {
      const [rule] = made(who).rules;

      expect(rule!.EventPattern).toEqual({
        source: ['aws.guardduty'],
        'detail-type': ['GuardDuty Finding'],
        detail: { severity: [{ numeric: ['>=', 4] }] },
      });

      expect(rule!.Targets).toHaveLength(1);

      const [{ Arn, InputTransformer }] = rule!.Targets;

      expect(Arn).toBe(TOPIC);

      expect(Object.values(InputTransformer.InputPathsMap).sort()).toEqual([
        '$.account',
        '$.detail.id',
        '$.detail.severity',
        '$.detail.type',
        '$.region',
      ]);
    },
  );

  it('of the estate brings no detector', () => {
    expect(made('estate').detectors).toEqual([]);
  });

  it('of nobody is nothing at all, and then nothing may publish events', () => {
    const { detectors, rules, policies } = made('none');
    expect([detectors, rules]).toEqual([[], []]);
    expect(JSON.stringify(policies)).not.toContain('events.amazonaws.com');
  });
});

describe('the budget', () => {
  it('is of the environment alone, and tells at 80 % spent and 100 % forecast', () => {
    const [{ Budget, NotificationsWithSubscribers }] = prod('AWS::Budgets::Budget') as [Properties];

    expect(Budget).toMatchObject({
      ...{
        BudgetName: 'writ-prod-euc1',
        BudgetType: 'COST',
        TimeUnit: 'MONTHLY',
        BudgetLimit: { Amount: 500, Unit: 'USD' },
      },
      CostFilters: { TagKeyValue: ['user:writ:environment$prod-euc1'] },
    });

    expect(
      NotificationsWithSubscribers.map(({ Notification, Subscribers }: Properties) => [
        Notification.NotificationType,
        Notification.Threshold,
        Subscribers,
      ]),
    ).toEqual([
      ['ACTUAL', 80, [{ SubscriptionType: 'SNS', Address: TOPIC }]],
      ['FORECASTED', 100, [{ SubscriptionType: 'SNS', Address: TOPIC }]],
    ]);
  });

  it('is not made where none was set', () => {
    expect(watch({ name: 'dev', region: 'eu-central-1' })('AWS::Budgets::Budget')).toEqual([]);
  });
});

describe('the dashboard', () => {
  const dashboards = (automations: readonly Watched[], config: EnvironmentConfig = PROD) =>
    watch(
      config,
      automations,
    )('AWS::CloudWatch::Dashboard').map(({ DashboardName, DashboardBody }) => ({
      name: String(DashboardName),
      widgets: (JSON.parse(String(DashboardBody)) as { widgets: Widget[] }).widgets,
    }));

  /**
   * Lines that are computed take no measure themselves; what they are computed from does, drawn or
   * not.
   */
  const measures = (widgets: readonly Widget[]) =>
    widgets.flatMap(({ properties }) =>
      (properties.metrics ?? []).filter(([first]) => typeof first === 'string'),
    );

  const many = (count: number, steps: number) =>
    Array.from({ length: count }, (_, i) =>
      automation(
        `automation-${i}`,
        Array.from({ length: steps }, (_, step) => `step-${step}`),
      ),
    );

  it('is one for 20 automations of 10 functions, and draws fewer than 500 measures', () => {
    const twenty = many(20, 6);
    expect(twenty.every(({ functions }) => functions.length === 10)).toBe(true);
    const [only, ...further] = dashboards(twenty, { ...PROD, api: API });
    expect(further).toEqual([]);
    expect(only!.name).toBe('writ-prod-euc1');
    expect(measures(only!.widgets).length).toBeLessThan(500);
  });

  it('has further pages for what has no room, each within what CloudWatch takes, and leaves nothing out', () => {
    const most = many(20, 30);
    const pages = dashboards(most);

    expect(pages.map(({ name }) => name)).toEqual([
      'writ-prod-euc1',
      ...[2, 3, 4].map((page) => `writ-prod-euc1-${page}`),
    ]);

    for (const { widgets } of pages) {
      expect(measures(widgets).length).toBeLessThan(500);
      expect(widgets.length).toBeLessThan(500);
      for (const { properties } of widgets)
        expect((properties.alarms ?? []).length).toBeLessThanOrEqual(100);
    }

    const drawn = JSON.stringify(pages);

    for (const { name } of most) expect(drawn).toContain(`"label":"${name}"`);

    const shown = pages.flatMap(({ widgets }) =>
      widgets.flatMap(({ properties }) => properties.alarms ?? []),
    );
    const ofOne = ({ functions, queues }: Watched) => 2 * functions.length + 2 * queues.length + 2;

    expect(new Set(shown).size).toBe(
      13 + most.reduce((sum, automation) => sum + ofOne(automation), 0),
    );
  });

  it('shows every alarm there is, and none that there is not', () => {
    const shown = dashboards([INVOICES]).flatMap(({ widgets }) =>
      widgets.flatMap(({ properties }) => properties.alarms ?? []),
    );
    const arns = alarms.map(
      ({ AlarmName }) => `arn:aws:cloudwatch:eu-central-1:${ACCOUNT}:alarm:${AlarmName}`,
    );
    expect([...shown].sort()).toEqual(arns.sort());
  });

  it('is drawn where no account is known and no automation is there, and has no graph without a line', () => {
    const [dev] = dashboards([], { name: 'dev', region: 'eu-central-1' });
    expect(dev!.name).toBe('writ-dev-euc1');

    for (const { type, properties } of dev!.widgets) {
      if (type === 'metric') expect(properties.metrics?.length).toBeGreaterThan(0);
      if (type === 'alarm') expect(properties.alarms?.length).toBeGreaterThan(0);
    }

    expect(dev!.widgets.map(({ properties }) => properties.title)).toContain(
      'Ledger: units written',
    );
  });

  it('takes the measures by the names the resources have', () => {
    const { function: functionName, queue } = namesOf(environmentOf(PROD));
    const drawn = JSON.stringify(dashboards([INVOICES]));
    for (const fn of INVOICES.functions)
      expect(drawn).toContain(`"Errors","FunctionName","${functionName(fn)}"`);
    for (const fn of INVOICES.queues)
      expect(drawn).toContain(`"ApproximateAgeOfOldestMessage","QueueName","${queue(fn)}"`);
  });
});

describe('the stack that watches', () => {
  it('exports nothing, takes nothing from another stack, and is a fraction of what a stack may hold', () => {
    const template = Template.fromStack(
      new WatchStack(app(), 'Watch', { environment: environmentOf(PROD), automations: [INVOICES] }),
    ).toJSON();
    expect(JSON.stringify(template)).not.toMatch(/Fn::ImportValue|"Export"/);
    expect(Object.keys(template.Resources).length).toBeLessThan(40);
  });
});
