import { Engine } from './engine.ts';

/**
 * Number of runs. This script runs in a separate process with the flags of the demo, and prints its
 * peak memory in MB.
 */
const RUNS = 5_000;

if (import.meta.main) {
  const engine = await Engine.open();
  await engine.bulk(RUNS);
  engine.close();
  console.log(JSON.stringify({ runs: RUNS, maxRssMb: process.resourceUsage().maxRSS / 1_024 }));
}
