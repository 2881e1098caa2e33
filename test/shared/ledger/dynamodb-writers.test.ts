import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from '../../support/aws/dynamodb/faults.ts';
import { type Play, play } from './dynamodb-model.ts';
import { type Policy, simpleLedger } from './dynamodb-simple-ledger.ts';

const SOAK = process.env.WRIT_SOAK === '1';

const plays: fc.Arbitrary<Play> = fc.record({
  seed: fc.string({ minLength: 1, maxLength: 6 }),
  rate: fc.constantFrom(0.3, 0.3, 0.7),
  readRate: fc.constantFrom(0, 0.2),
  kinds: fc.oneof(
    fc.constant(FAULT_KINDS),
    fc.uniqueArray(fc.constantFrom(...FAULT_KINDS), { minLength: 1 }),
  ),
  callers: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
  jobs: fc.integer({ min: 1, max: 4 }),
});

describe('ledgers of one store, whatever goes wrong below', () => {
  it('lose nothing that was acknowledged, double nothing, and leave no gap', async () => {
    await fc.assert(
      fc.asyncProperty(plays, async (each) => {
        expect(await play(each, (bench, name) => bench.ledger(name))).toEqual([]);
      }),
      // another seed for each soak, which fast-check names when a play fails
      SOAK ? { numRuns: 3_000 } : { numRuns: 15, seed: 2_026 },
    );
  });
});

describe('that play', () => {
  /**
   * What the first of some plays finds that finds anything; in them answers are lost and requests
   * are late.
   */
  async function problems(policy: Policy): Promise<readonly string[]> {
    const faults = {
      rate: 0.6,
      kinds: ['late', 'lost-before', 'lost-after'],
      callers: [2, 2, 1],
      jobs: 4,
    } as const;

    for (let seed = 0; seed < (SOAK ? 300 : 6); seed++) {
      const found = await play({ seed: `${seed}`, ...faults }, (bench, name) =>
        simpleLedger(bench, name, policy),
      );
      if (found.length > 0) return found;
    }

    return [];
  }

  it('finds nothing wrong with writers that are retired when an end is not known', async () => {
    expect(await problems('retire')).toEqual([]);
  });

  it('finds what is lost when the number is used again', async () => {
    expect(await problems('reuse')).toContainEqual(
      expect.stringContaining('acknowledged and lost'),
    );
  });

  it('finds the gap when the number is passed over', async () => {
    expect(await problems('skip')).toContainEqual(expect.stringContaining('writer-gap'));
  });
});
