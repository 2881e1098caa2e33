import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { CountedMetrics } from '#shared/kernel/adapters/counted-metrics.ts';
import { EmfMetrics } from '#shared/kernel/adapters/emf.ts';
import { ManualClock, METRICS, type MetricName, silentMetrics } from '#shared/kernel/index.ts';
import { describeMetrics } from '../../contracts/metrics.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const NUMBER = { type: 'number', minimum: -(2 ** 360), maximum: 2 ** 360 };

/**
 * The embedded metric format, written from its specification ("Embedded metric format document
 * structure"), with the members that our lines have besides.
 */
const isDocument = new Ajv({ allErrors: true }).compile({
  type: 'object',
  required: ['_aws', 'environment', 'function'],
  properties: {
    _aws: {
      type: 'object',
      required: ['Timestamp', 'CloudWatchMetrics'],
      additionalProperties: false,
      properties: {
        Timestamp: { type: 'integer', minimum: 0 },
        CloudWatchMetrics: {
          type: 'array',
          minItems: 1,
          maxItems: 1,
          items: {
            type: 'object',
            required: ['Namespace', 'Dimensions', 'Metrics'],
            additionalProperties: false,
            properties: {
              Namespace: { const: 'Writ' },
              Dimensions: { const: [['environment']] },
              Metrics: {
                type: 'array',
                minItems: 1,
                maxItems: 100,
                items: {
                  type: 'object',
                  required: ['Name', 'Unit'],
                  additionalProperties: false,
                  properties: {
                    Name: { enum: Object.keys(METRICS) },
                    Unit: { enum: ['Count', 'Milliseconds'] },
                  },
                },
              },
            },
          },
        },
      },
    },
    environment: { type: 'string', minLength: 1, maxLength: 1_024 },
    function: { type: 'string', minLength: 1, maxLength: 1_024 },
  },
  additionalProperties: { type: 'array', items: NUMBER, minItems: 1, maxItems: 100 },
});

interface EmfDocument {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: { readonly Metrics: { readonly Name: MetricName }[] }[];
  };
  readonly [target: string]: unknown;
}

function emf() {
  const lines: string[] = [];
  const clock = new ManualClock(NOW);

  const metrics = new EmfMetrics({
    write: (line) => lines.push(line),
    clock,
    environment: 'dev',
    function: 'invoice-approval.pay',
  });

  /**
   * What CloudWatch would take from the lines: the members that a directive names, and nothing
   * else.
   */
  const written = () => {
    const totals: Partial<Record<MetricName, { count: number; sum: number }>> = {};
    for (const line of lines) {
      const document = JSON.parse(line) as EmfDocument;
      const valid: boolean = isDocument(document);
      if (!valid) throw new Error(JSON.stringify(isDocument.errors));

      for (const { Name } of document._aws.CloudWatchMetrics.flatMap(
        (directive) => directive.Metrics,
      )) {
        for (const value of document[Name] as number[]) {
          totals[Name] = {
            count: (totals[Name]?.count ?? 0) + 1,
            sum: (totals[Name]?.sum ?? 0) + value,
          };
        }
      }
    }

    return totals;
  };

  return { metrics, lines, clock, written };
}

describeMetrics('the embedded metric format', emf);
describeMetrics('counted in memory', () => {
  const metrics = new CountedMetrics(new ManualClock(NOW));
  return { metrics, written: () => metrics.snapshot().totals };
});

describe('metrics in the embedded metric format', () => {
  it('are one line of JSON, with the time of the flush and what they are measured for', () => {
    const { metrics, lines, clock } = emf();

    metrics.add('StepsDone', 1);
    metrics.add('StepsDone', 1);
    metrics.add('Refusals', 1);
    clock.advance(5);
    metrics.flush();

    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        _aws: {
          Timestamp: NOW + 5,
          CloudWatchMetrics: [
            {
              Namespace: 'Writ',
              Dimensions: [['environment']],
              Metrics: [
                { Name: 'StepsDone', Unit: 'Count' },
                { Name: 'Refusals', Unit: 'Count' },
              ],
            },
          ],
        },
        StepsDone: [1, 1],
        Refusals: [1],
        environment: 'dev',
        function: 'invoice-approval.pay',
      },
    ]);

    expect(lines[0]).not.toContain('\n');
  });

  it('are as many lines as it takes for no metric to have more than 100 values in one', () => {
    const { metrics, lines, written } = emf();
    for (let i = 0; i < 201; i++) metrics.add('StepsDone', 1);

    for (let i = 0; i < 100; i++) metrics.add('Swept', 1);

    metrics.flush();

    expect(
      lines.map((line) => [JSON.parse(line).StepsDone?.length, JSON.parse(line).Swept?.length]),
    ).toEqual([
      [100, 100],
      [100, undefined],
      [1, undefined],
    ]);

    expect(written()).toEqual({
      StepsDone: { count: 201, sum: 201 },
      Swept: { count: 100, sum: 100 },
    });
  });

  it('lose values, not memory, when nobody flushes', () => {
    const { metrics, written } = emf();
    for (let i = 0; i < 10_007; i++) metrics.add('StepsDone', 1);
    metrics.flush();
    expect(written()).toEqual({
      StepsDone: { count: 10_000, sum: 10_000 },
      ValuesDropped: { count: 1, sum: 7 },
    });
  });

  it('fail nothing when their line cannot be written', () => {
    const metrics = new EmfMetrics({
      write: () => {
        throw new Error('no space left');
      },
      clock: new ManualClock(NOW),
      environment: 'dev',
      function: 'gates',
    });

    metrics.add('StepsDone', 1);
    expect(() => metrics.flush()).not.toThrow();
  });
});

describe('metrics counted in memory', () => {
  it('say when they were last flushed; a flush of nothing is none', () => {
    const clock = new ManualClock(NOW);
    const metrics = new CountedMetrics(clock);

    metrics.flush();
    expect(metrics.snapshot()).toEqual({ totals: {} });
    metrics.add('Swept', 1);
    metrics.flush();
    clock.advance(5);
    metrics.flush();
    expect(metrics.snapshot()).toEqual({ totals: { Swept: { count: 1, sum: 1 } }, flushedAt: NOW });
  });

  it('give a picture that later values do not change', () => {
    const metrics = new CountedMetrics(new ManualClock(NOW));
    metrics.add('Swept', 1);
    metrics.flush();
    const before = metrics.snapshot();
    metrics.add('Swept', 1);
    metrics.flush();
    expect(before.totals).toEqual({ Swept: { count: 1, sum: 1 } });
  });
});

describe('the catalogue of metrics', () => {
  it('has names CloudWatch takes and says of each what it counts', () => {
    for (const [name, { says }] of Object.entries(METRICS)) {
      expect(name).toMatch(/^[A-Z][A-Za-z]{1,254}$/);
      expect(says).toMatch(/^[a-z].{10,}[^.]$/);
    }
    expect(Object.keys(METRICS).length).toBeLessThanOrEqual(100);
  });

  it('can be added to by silent metrics, to no effect', () => {
    silentMetrics.add('Swept', 1);
    expect(silentMetrics.flush()).toBeUndefined();
  });
});
