import { afterAll, describe, expect, it } from 'vitest';
import { waitingTimers } from '#shared/kernel/index.ts';
import { Actors } from '../actors.ts';
import { destroyAll } from '../clients.ts';
import { establish, type Row } from '../facts/fact.ts';
import { FACTS } from '../facts/index.ts';
import { reportOf } from '../report.ts';
import { live } from './live.ts';

const { run, clients } = live();
const actors = new Actors(run, clients, { region: run.region }, waitingTimers);
const rows: Row[] = [];
afterAll(async () => {
  process.stdout.write(`\n${reportOf(rows, `AWS, ${run.region}`)}\n\n`);
  await actors.close();
  destroyAll(clients);
});

describe('AWS', () => {
  it.each(FACTS)('$name: $question', async (fact) => {
    const seen = await establish(fact, run, (by) => actors.clientsOf(by), waitingTimers);
    rows.push(...seen);
    expect(seen.filter(({ agrees }) => !agrees)).toEqual([]);
  });
});
