import { join, resolve } from 'node:path';
import { jsonLog } from '#shared/kernel/index.ts';
import type { CommandContext } from '../command/command.ts';
import { jsonText } from '../command/visible.ts';
import { SAMPLE_PEOPLE } from '../demo/people.ts';
import { greet } from './greeting.ts';
import type { RolloutSetting } from './seed-rollouts.ts';
import type { StandIn } from './stand-ins.ts';
import { start } from './start.ts';

export interface StartCommandOptions {
  readonly port: number;
  readonly data: string;
  readonly demo?: true;
  readonly rollout?: readonly RolloutSetting[];
  readonly vendor?: readonly StandIn[];
  readonly json?: true;
  readonly verbose?: true;
}

/** Starts the platform, prints the greeting, and waits for a signal or a failure. */
export async function performStart(
  options: StartCommandOptions,
  { root, out, err }: CommandContext,
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

  const stopSignal = waitForSignal();
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
    await Promise.race([stopSignal, started.failure]);
    if (!json) err.line('Stopping after the work in progress …', { style: 'dim' });
  } finally {
    await started.stop();
  }
}

/**
 * Milliseconds during which signals count as one, because npm forwards a Ctrl-C that the terminal
 * also sends.
 */
const SAME_SIGNAL_MS = 500;

/** Resolves at the first SIGINT or SIGTERM. A second signal ends the process immediately. */
function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;

    const onSignal = () => {
      const now = performance.now();
      first ??= now;
      if (now - first > SAME_SIGNAL_MS) process.exit(130);
      resolve();
    };

    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  });
}
