import { execFileSync } from 'node:child_process';
import { createSecretKey, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { EntryDraft } from '#shared/audit/index.ts';
import { deriveDocumentKey, sealValue } from '#shared/crypto/index.ts';
import { systemClock, systemRandom } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import { bareGcmPerSecond, rawRowsPerSecond, syncProbe } from './baselines.ts';
import { Engine, STEPS } from './engine.ts';
import {
  cpuMicros,
  milliseconds,
  percentile,
  type Row,
  type Spread,
  spread,
  verdict,
} from './measure.ts';

const ROUNDS = 7;
const BULK = 300;
const ONE_BY_ONE = 60;

const ms = (value: number) => `${value.toFixed(2)} ms`;
const rate = (value: number) => `${Math.round(value).toLocaleString('en')}/s`;

/** Rows 3, 4 and 5: measures the processor time, the syncs and the latency of a step. */
export async function stepRows(progress: (text: string) => void): Promise<Row[]> {
  const engine = await Engine.open();

  await engine.bulk(BULK); // warm up

  const [cpu, rates, bulkSyncs, oneSyncs, latency, probes, entries, ciphers]: number[][] = [
    [],
    [],
    [],
    [],
    [],
    [],
    [],
    [],
  ];

  for (let round = 1; round <= ROUNDS; round++) {
    progress(`steps, round ${round} of ${ROUNDS}`);
    probes?.push(syncProbe(engine.folder));
    // minimum cost of encryption in a step, which opens five values and seals five
    ciphers?.push(10_000_000 / bareGcmPerSecond(5_000));

    const before = engine.counts();
    let elapsed = 0;
    const micros = await cpuMicros(async () => {
      elapsed = await milliseconds(() => engine.bulk(BULK));
    });
    const after = engine.counts();

    cpu?.push(micros / (BULK * STEPS));
    rates?.push((BULK * STEPS * 1_000) / elapsed);
    bulkSyncs?.push((after.groups - before.groups) / BULK);
    entries?.push((after.entries - before.entries) / BULK);

    for (let i = 0; i < ONE_BY_ONE; i++) {
      const groups = engine.counts().groups;
      latency?.push((await milliseconds(() => engine.one())) / (STEPS + 1));
      oneSyncs?.push(engine.counts().groups - groups);
    }
  }

  engine.close();

  const [step, bulk, alone, probe, bare] = [cpu, bulkSyncs, oneSyncs, probes, ciphers].map(
    (values) => spread(values ?? []),
  ) as [Spread, Spread, Spread, Spread, Spread];
  const sorted = (latency ?? []).sort((a, b) => a - b);
  const p50 = percentile(sorted, 50);
  const floor5 = 3 * probe.median + 0.5;
  const goal5 = 2 * probe.median + 0.2;

  return [
    {
      what: '3 CPU per step, all features',
      figure: `${Math.round(step.median)} µs (${Math.round(step.min)}–${Math.round(step.max)})`,
      baseline: `10 bare AES-GCM ${Math.round(bare.median)} µs`,
      ratio: `${(step.median / bare.median).toFixed(1)}×`,
      floor: '300 µs',
      goal: '200 µs',
      met: verdict(step.median <= 300, step.median <= 200),
      numbers: {
        ...step,
        tenBareGcmMicros: bare.median,
        stepsPerSecond: spread(rates ?? []).median,
        entriesPerRun: spread(entries ?? []).median,
      },
    },
    {
      what: '4 syncs per run of 3 steps',
      figure: `${bulk.median.toFixed(3)} in bulk, ${alone.median} alone`,
      baseline: '4 commits a run',
      floor: '1 / 5',
      goal: '0.3 / 4',
      met: verdict(bulk.median <= 1 && alone.median <= 5, bulk.median <= 0.3 && alone.median <= 4),
      numbers: { bulk: bulk.median, alone: alone.median, aloneMax: alone.max },
    },
    {
      what: '5 step latency alone, p50',
      figure: `${ms(p50)} (p99 ${ms(percentile(sorted, 99))})`,
      baseline: `fdatasync ${ms(probe.median)}`,
      ratio: `${(p50 / probe.median).toFixed(1)}×`,
      floor: `3 × probe + 0.5 = ${ms(floor5)}`,
      goal: `2 × probe + 0.2 = ${ms(goal5)}`,
      met: verdict(p50 <= floor5, p50 <= goal5),
      numbers: { p50, p99: percentile(sorted, 99), probe: probe.median },
    },
  ];
}

/** Row 8: measures the peak memory of the engine's process during 5,000 runs. */
export function memoryRow(progress: (text: string) => void): Row {
  progress('memory, 5,000 runs in a process of its own');

  const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  // bundled, as in a release, so that the measured process does not strip types
  const bundle = join(folder, 'memory.mjs');
  const banner = {
    js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  };

  buildSync({
    entryPoints: [join(import.meta.dirname, 'memory.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner,
    logLevel: 'error',
  });

  const out = execFileSync(process.execPath, ['--max-semi-space-size=16', bundle], {
    encoding: 'utf8',
  });

  rmSync(folder, { recursive: true, force: true });

  const { maxRssMb } = JSON.parse(out) as { maxRssMb: number };
  const bare = Number(
    execFileSync(process.execPath, ['-p', 'process.resourceUsage().maxRSS / 1024'], {
      encoding: 'utf8',
    }),
  );

  return {
    what: '8 memory, 5,000 runs',
    figure: `${Math.round(maxRssMb)} MB`,
    baseline: `empty process ${Math.round(bare)} MB`,
    ratio: `${(maxRssMb / bare).toFixed(1)}×`,
    floor: '250 MB',
    goal: '150 MB',
    met: verdict(maxRssMb <= 250, maxRssMb <= 150),
    numbers: { maxRssMb, emptyProcessMb: bare },
  };
}

/** Row 9: measures appended entries per second, with 256 per sync, compared with bare SQLite. */
export async function appendRow(progress: (text: string) => void): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  const store = new SqliteStore({ folder, clock: systemClock, random: systemRandom() });
  const ledger = store.ledger({ name: 'bench.append', bundle: '0'.repeat(64) });

  const entry = (run: number): EntryDraft => ({
    workspace: 'bench',
    run: `run${run}`,
    step: 'append',
    attempt: 1,
    actor: { kind: 'service', id: 'bench.append' },
    action: 'step.done',
    outcome: 'ok',
    classes: ['internal'],
    reads: ['amount', 'currency', 'reference'],
    why: { rollout: 'exceptions', reason: 'x'.repeat(160) },
  });

  const [ours, raw]: [number[], number[]] = [[], []];

  for (let round = 1; round <= ROUNDS; round++) {
    progress(`append, round ${round} of ${ROUNDS}`);
    raw.push(rawRowsPerSecond(folder, `raw-${round}.db`));

    const n = 256 * 40;

    const elapsed = await milliseconds(async () => {
      for (let i = 0; i < n; i += 256)
        await Promise.all(
          Array.from({ length: 256 }, (_, j) => ledger.commit({ entries: [entry(i + j)] })),
        );
    });

    ours.push((n * 1_000) / elapsed);
  }

  store.close();
  rmSync(folder, { recursive: true, force: true });

  const [append, rows] = [spread(ours), spread(raw)];
  const share = append.median / rows.median;

  return {
    what: '9 audit append, 256 a sync',
    figure: rate(append.median),
    baseline: `raw SQLite rows ${rate(rows.median)}`,
    ratio: `${Math.round(share * 100)}%`,
    floor: '30,000/s',
    goal: '40% of raw',
    met: verdict(append.median >= 30_000, share >= 0.4),
    numbers: { appendPerSecond: append.median, rawPerSecond: rows.median, share },
  };
}

/**
 * Row 11: measures the sealing of 64-byte fields, compared with bare AES-GCM. Each document has
 * five fields, and the derivation of its key is included.
 */
export function sealRow(progress: (text: string) => void): Row {
  const random = systemRandom();
  const dataKey = createSecretKey(randomBytes(32));
  const value = JSON.stringify('v'.repeat(62));
  const [ours, bare]: [number[], number[]] = [[], []];

  for (let round = 0; round <= ROUNDS; round++) {
    progress(`sealing, round ${round} of ${ROUNDS}`);

    const gcm = bareGcmPerSecond();
    const documents = 4_000;
    const before = performance.now();

    for (let i = 0; i < documents; i++) {
      const key = deriveDocumentKey(dataKey, {
        workspace: 'bench',
        subject: 'subject',
        class: 'financial',
        owner: `fields#bench#bench#financial#${i}`,
      });

      for (const field of ['a', 'b', 'c', 'd', 'e']) sealValue(key, field, value, random);
    }

    if (round === 0) continue; // warm up

    bare.push(gcm);
    ours.push((documents * 5_000) / (performance.now() - before));
  }

  const [sealing, gcm] = [spread(ours), spread(bare)];
  const share = sealing.median / gcm.median;

  return {
    what: '11 sealing 64 B, five a document',
    figure: rate(sealing.median),
    baseline: `bare AES-GCM ${rate(gcm.median)}`,
    ratio: `${Math.round(share * 100)}%`,
    floor: '60% of bare',
    goal: '75%, ≤ 48 B more',
    met: verdict(share >= 0.6, share >= 0.75),
    numbers: {
      sealedPerSecond: sealing.median,
      barePerSecond: gcm.median,
      share,
      overheadBytes: 37,
    },
  };
}
