import { join, resolve } from 'node:path';
import { jsonLog } from '#shared/kernel/index.ts';
import type { Surroundings } from '../command/command.ts';
import { jsonText } from '../command/visible.ts';
import { SAMPLE_PEOPLE } from '../demo/people.ts';
import type { StartCommandOptions } from './command.ts';
import { greet } from './greeting.ts';
import { start } from './start.ts';

/** Starts, says so, and stays until it is told to stop or has to. */
export async function performStart(
  options: StartCommandOptions,
  { root, out, err }: Surroundings,
): Promise<void> {
  const {
    data,
    port,
    demo = false,
    rollout: rollouts = [],
    vendor: standIns = [],
    json,
    verbose,
  } = options;

  const told = untilTold();
  const log = jsonLog(
    (line) => process.stderr.write(`${line}\n`),
    Date.now,
    verbose ? 'debug' : 'warn',
  );

  if (!json) err.line('Starting …', { style: 'dim' });

  const warn = (sentence: string) => err.line(sentence, { style: 'yellow' });

  const started = await start({
    folder: resolve(data),
    port,
    demo,
    rollouts,
    standIns,
    bundles: join(root, 'dist/functions'),
    log,
    warn,
    root,
  });

  const people = SAMPLE_PEOPLE.map(({ id, role, workspaces }) => ({
    id,
    roles: [role],
    workspaces,
  }));

  if (json)
    out.raw(jsonText({ url: started.url, data: resolve(data), people }, { onOneLine: true }));
  else
    greet(out, {
      url: started.url,
      folder: data,
      invoices: started.invoices === undefined ? undefined : join(data, 'invoices'),
    });

  try {
    await Promise.race([told, started.failure]);
    if (!json) err.line('Stopping; what is under way ends first …', { style: 'dim' });
  } finally {
    await started.stop();
  }
}

/** `npm start` passes on a Ctrl-C that the terminal sends as well, so two at once are one. */
const ONE_MS = 500;

/**
 * Resolves at the first Ctrl-C, or word from whoever supervises the process; a second one ends the
 * process at once.
 */
function untilTold(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;

    const hear = () => {
      const now = performance.now();
      first ??= now;
      if (now - first > ONE_MS) process.exit(130);
      resolve();
    };

    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, hear);
  });
}
