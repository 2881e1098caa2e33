import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { METRICS, type MetricName, type Metrics } from '#shared/kernel/index.ts';

export interface MetricsUnderTest {
  readonly metrics: Metrics;
  /** What flushes have written of each metric so far, all together. */
  written(): Readonly<
    Partial<Record<MetricName, { readonly count: number; readonly sum: number }>>
  >;
}

const NAMES = Object.keys(METRICS) as MetricName[];

/** What every adapter of the {@link Metrics} port promises, wherever the numbers go. */
export function describeMetrics(name: string, open: () => MetricsUnderTest): void {
  describe(`metrics: ${name}`, () => {
    let under: MetricsUnderTest;
    let metrics: Metrics;

    beforeEach(() => {
      under = open();
      metrics = under.metrics;
    });

    it('writes nothing until it is flushed, then everything that was added', () => {
      metrics.add('StepsDone', 2);
      metrics.add('StepsDone', 3);
      metrics.add('Swept', 1);
      expect(under.written()).toEqual({});
      metrics.flush();
      expect(under.written()).toEqual({
        StepsDone: { count: 2, sum: 5 },
        Swept: { count: 1, sum: 1 },
      });
    });

    it('writes each value by one flush only', () => {
      metrics.add('StepsDone', 2);
      metrics.flush();
      metrics.flush();
      metrics.add('StepsDone', 5);
      metrics.flush();
      expect(under.written()).toEqual({ StepsDone: { count: 2, sum: 7 } });
    });

    it('writes nothing where nothing was added', () => {
      metrics.flush();
      expect(under.written()).toEqual({});
    });

    it('takes zero, negative and broken numbers as they are', () => {
      for (const value of [0, -3, 0.25]) metrics.add('CommitRetries', value);
      metrics.flush();
      expect(under.written()).toEqual({ CommitRetries: { count: 3, sum: -2.75 } });
    });

    it.each([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.MAX_VALUE,
      '7' as unknown as number,
      undefined as unknown as number,
    ])('drops and counts %s, which is no value', (value) => {
      metrics.add('StepsDone', value);
      metrics.add('StepsDone', 1);
      metrics.flush();
      metrics.flush();
      const { StepsDone, ValuesDropped } = under.written();
      expect([StepsDone?.sum, ValuesDropped?.sum]).toEqual([1, 1]);
    });

    it.each(['Nothing', 'toString', '__proto__', '_aws', 'environment'])(
      'drops and counts a value of %s, which is no metric',
      (unknown) => {
        metrics.add(unknown as MetricName, 1);
        metrics.flush();
        expect(under.written()).toEqual({ ValuesDropped: { count: 1, sum: 1 } });
      },
    );

    it('knows every metric of the catalogue', () => {
      for (const [i, each] of NAMES.entries()) metrics.add(each, i);
      metrics.flush();
      expect(under.written()).toEqual(
        Object.fromEntries(NAMES.map((each, i) => [each, { count: 1, sum: i }])),
      );
    });

    it('loses and repeats nothing, however many values come between flushes', () => {
      const value = fc.record({
        name: fc.constantFrom('StepsDone', 'Swept', 'KeysUnwrapped'),
        value: fc.integer({ min: -9, max: 9 }),
      });

      const bursts = fc.array(fc.array(value, { maxLength: 350, size: 'max' }), { maxLength: 6 });

      fc.assert(
        fc.property(bursts, (all) => {
          const fresh = open();
          for (const burst of all) {
            for (const each of burst) fresh.metrics.add(each.name as MetricName, each.value);
            fresh.metrics.flush();
          }

          const byName = Map.groupBy(all.flat(), (each) => each.name);
          const expected = [...byName].map(([key, some]) => [
            key,
            { count: some.length, sum: some.reduce((sum, one) => sum + one.value, 0) },
          ]);

          expect(fresh.written()).toEqual(Object.fromEntries(expected));
        }),
        { numRuns: 30 },
      );
    });
  });
}
