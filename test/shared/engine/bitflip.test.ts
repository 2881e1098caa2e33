import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { verify } from '#cli/verify/verify.ts';
import { isWritError } from '#shared/kernel/index.ts';
import { within } from '../../cli/within.ts';
import { temporaryFolder } from '../../support/bench.ts';
import { type FlipLedger, flipLedger, type Outcome } from '../../support/flip-ledger.ts';
import { columns, type Flip, flipByte, flipValue, flipWord } from '../../support/flips.ts';
import { type Dice, dice } from '../../support/seeded-dice.ts';

const SOAK = process.env.WRIT_SOAK !== undefined;
/** Flips of bytes, of values and of words, by each seed. */
const [BYTES, VALUES, WORDS] = SOAK ? [200, 200, 200] : [8, 8, 6];
/** Nobody waits for a disk here, where there is memory that is a file system. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const SEEDS = ['bitflip', `bitflip ${process.env.WRIT_SEED ?? Math.random()}`];

/**
 * What became of a flip. `found, acted on`: a payment was made that would not have been, and verify
 * tells. `ACTED ON`: nobody learns of it.
 */
type Verdict =
  | 'refused at opening'
  | 'refused at load'
  | 'found by verify'
  | 'found, acted on'
  | 'without effect'
  | 'ACTED ON';

let base: FlipLedger;
let unflipped: Outcome;
let all: readonly string[];
beforeAll(async () => {
  base = await flipLedger(temporaryFolder(MEMORY));
  unflipped = await goOnWith(() => undefined).then(({ outcome }) => outcome as Outcome);
  all = columns(ledgerIn(temporaryFolder(MEMORY)));
});

function ledgerIn(folder: string): string {
  writeFileSync(join(folder, 'ledger.db'), base.whole);
  base.furnish(folder);
  return folder;
}

/** A copy of the ledger, flipped; how it went on, and what verify says of it then. */
async function goOnWith(flip: (folder: string) => Flip | undefined) {
  const folder = ledgerIn(temporaryFolder(MEMORY));
  const flipped = flip(folder);

  try {
    const outcome = await base.goOn(folder);
    const { code, stdout } = await within([verify], 'verify', '--data', folder, '--json');
    expect([0, 1, 3]).toContain(code);

    return {
      flipped,
      outcome,
      problems:
        code === 3 ? ['unreadable'] : (JSON.parse(stdout) as { problems: string[] }).problems,
    };
  } catch (error) {
    if (!isWritError(error))
      throw new Error(`${flipped?.where} ${flipped?.what} failed in another way`, { cause: error });
    return { flipped, refused: error.code, problems: [] };
  }
}

function verdictOf({
  outcome,
  problems,
}: {
  outcome?: Outcome;
  problems: readonly string[];
}): Verdict {
  if (outcome === undefined) return 'refused at opening';
  const isPaidOtherwise = outcome.payments.some((payment) => !unflipped.payments.includes(payment));
  if (isPaidOtherwise) return problems.length === 0 ? 'ACTED ON' : 'found, acted on';
  if (outcome.refusals.length > 0) return 'refused at load';
  if (problems.length > 0) return 'found by verify';

  const isSame =
    JSON.stringify([outcome.runs, outcome.payments]) ===
    JSON.stringify([unflipped.runs, unflipped.payments]);

  return isSame ? 'without effect' : 'ACTED ON';
}

/**
 * So many flips of bytes in used pages, of values in every column in turn, and of words of
 * documents.
 */
function* flips(dice: Dice): Generator<(folder: string) => Flip | undefined> {
  for (let i = 0; i < BYTES; i++) yield (folder) => flipByte(folder, dice);
  const first = dice.below(all.length);
  for (let i = 0; i < VALUES; i++)
    yield (folder) => flipValue(folder, all[(first + i) % all.length] as string, dice);
  for (let i = 0; i < WORDS; i++) yield (folder) => flipWord(folder, dice);
}

describe('a flipped bit in the file of a ledger', () => {
  it('goes on to the same end when nothing is flipped', () => {
    expect(unflipped.refusals).toEqual([]);
    expect(
      Object.values(unflipped.runs)
        .map((run) => /"status":"(\w+)"/.exec(run)?.[1])
        .sort(),
    ).toEqual([...Array(6).fill('done'), 'parked', 'rejected']);
  });

  it.each(SEEDS)('is refused, found, or without effect: seed %s', async (seed) => {
    const table = new Map<string, Map<Verdict, number>>();
    const acted: unknown[] = [];

    for (const flip of flips(dice(seed))) {
      const found = await goOnWith(flip);
      if (found.flipped === undefined) continue;

      const verdict = verdictOf(found);
      const row = table.get(found.flipped.where) ?? new Map<Verdict, number>();
      table.set(found.flipped.where, row.set(verdict, (row.get(verdict) ?? 0) + 1));
      if (verdict === 'ACTED ON') acted.push({ ...found.flipped, outcome: found.outcome });
    }

    if (SOAK)
      process.stdout.write(`${seed}
${JSON.stringify(Object.fromEntries([...table].sort().map(([where, row]) => [where, Object.fromEntries(row)])), null, 1)}
`);

    expect(acted).toEqual([]);
  });
});
