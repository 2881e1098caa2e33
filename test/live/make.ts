import type { Timers } from '#shared/kernel/index.ts';
import type { Clients } from './clients.ts';
import type { Ground } from './guards.ts';
import { makeBucket } from './resources/bucket.ts';
import { makeRoles } from './resources/identities.ts';
import { closeKey, closeSecret, makeKey, makeSecret } from './resources/keys.ts';
import { makeQueues } from './resources/queues.ts';
import { makeTables } from './resources/tables.ts';
import { type LiveRun, liveRun } from './run.ts';

/**
 * Makes everything a run needs. What it made before it failed is taken away by `removeAll`, which
 * goes by names and tags.
 *
 * @param say - Told what is being made, before it is.
 */
export async function makeAll(
  clients: Clients,
  ground: Ground,
  id: string,
  timers: Timers,
  say: (line: string) => void,
): Promise<LiveRun> {
  say('a key and a secret');

  const [dataKey, secret] = [await makeKey(clients, id), await makeSecret(clients, id)];
  const run = liveRun({ ...ground, id, dataKey, secret });

  say('roles and their boundary');
  await makeRoles(clients, run); // before the policies that name them
  await closeKey(clients, run);
  await closeSecret(clients, run);
  say('queues');
  await makeQueues(clients, run);
  say('a bucket');
  await makeBucket(clients, run);
  say('tables, which takes a minute or two');
  await makeTables(clients, run, timers);

  return run;
}
