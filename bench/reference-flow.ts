import * as z from 'zod/mini';
import { automation, sensitive } from '#shared/automation/index.ts';

const sealed = sensitive(z.string(), { class: 'financial', of: 'customer' });

const reference = automation({
  name: 'reference',
  version: 1,
  purpose: 'measure what a step costs',
  subjects: { customer: 'customerId' },
  fields: {
    customerId: z.string(),
    payload: z.string(),
    count: z.int(),
    a: sealed,
    b: sealed,
    c: sealed,
    d: sealed,
    e: sealed,
  },
});

const SEALED = ['a', 'b', 'c', 'd', 'e'] as const;

const first = reference.step('one', {
  reads: ['payload'],
  writes: ['count', ...SEALED],
  effect: 'internal',
  run: ({ fields: { payload } }) => {
    const part = (i: number) => payload.slice(i * 64, i * 64 + 64);
    return { count: payload.length, a: part(0), b: part(1), c: part(2), d: part(3), e: part(4) };
  },
});

/** Returns a step that opens five sealed fields of 64 bytes and seals five new values. */
const next = (name: string) =>
  reference.step(name, {
    reads: ['payload', ...SEALED],
    writes: ['count', ...SEALED],
    effect: 'internal',
    run: ({ fields: { payload, a, b, c, d, e } }) => ({
      count: payload.length,
      a: b,
      b: c,
      c: d,
      d: e,
      e: a,
    }),
  });

/**
 * Flow on which all figures about steps are measured: three internal steps, 1 KB of data and five
 * sealed fields of 64 bytes.
 */
export default reference.flow((run) =>
  run.stage('working').step(first).step(next('two')).step(next('three')),
);
