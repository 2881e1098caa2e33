import { type Clients, clientsOf } from '../clients.ts';
import { type LiveRun, liveRun, type RunData } from '../run.ts';

/** The run that this test is part of, and clients with the operator's credentials. */
export function live(): { readonly run: LiveRun; readonly clients: Clients } {
  const data = process.env.WRIT_LIVE_RUN;
  if (data === undefined)
    throw new Error('nothing was made for this test: start it with "npm run live"');
  const run = liveRun(JSON.parse(data) as RunData);
  return { run, clients: clientsOf({ region: run.region }) };
}
