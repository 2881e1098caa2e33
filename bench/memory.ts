import { Engine } from './engine.ts';

/**
 * As a process of its own, so that nothing else is in its memory, and with the flags the demo has:
 * prints the most it ever held, in megabytes.
 */
const RUNS = 5_000;

if (import.meta.main) {
  const engine = await Engine.open();
  await engine.bulk(RUNS);
  engine.close();
  console.log(JSON.stringify({ runs: RUNS, maxRssMb: process.resourceUsage().maxRSS / 1_024 }));
}
