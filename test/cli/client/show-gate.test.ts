import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { COMMANDS } from '#cli/commands.ts';
import { temporaryFolder } from '../../support/bench.ts';
import { within } from '../within.ts';

const RUN = 'acme.invoice-approval.k3f9x2ab';
const GATE = {
  ...{
    id: `${RUN}.approve-payment`,
    run: RUN,
    gate: 'approve-payment',
    automation: 'invoice-approval',
    workspace: 'acme',
  },
  ...{
    stage: 'approval',
    decidedBy: 'Compliance Officer',
    requester: 'sample-clerk',
    state: 'open',
    hits: [],
    seen: 'x'.repeat(43),
  },
  ...{ openedAt: '2027-03-12T09:00:00.000Z', expiresAt: '2027-03-26T09:00:00.000Z' },
};

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
  vi.unstubAllEnvs();
});

/**
 * What `writ gate` makes of a gate that shows this: its lines under "What is decided on", with that
 * heading.
 */
async function shownAt(
  shown: object,
  amounts: object,
  more: object = {},
): Promise<readonly string[]> {
  const server = createServer((_, response) =>
    response.end(JSON.stringify({ ...GATE, shown, amounts, ...more })),
  );

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => server.close());
  vi.stubEnv('WRIT_TOKEN', 'a-token');

  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const { code, stdout } = await within(
    COMMANDS,
    'gate',
    GATE.id,
    '--api',
    api,
    '--data',
    temporaryFolder(),
  );

  expect(code).toBe(0);

  const lines = stdout.split('\n').map((line) => line.trim().replaceAll(/ +/g, ' '));

  return lines
    .slice(lines.findIndex((line) => line.startsWith('What is decided on')))
    .filter((line) => line !== '');
}

it('tells amounts of money as people read them, not a hundred times as large', async () => {
  expect(
    await shownAt({ currency: 'EUR', payable: 1_079_798 }, { payable: 'EUR 10,797.98' }),
  ).toEqual(['What is decided on', 'currency EUR', 'payable EUR 10,797.98']);
});

it('says of whole numbers that nobody told as money that they may be in the smallest unit', async () => {
  expect(await shownAt({ toString: 5, payable: 1_079_798 }, {})).toEqual([
    'What is decided on amounts of money in the smallest unit, such as cents',
    'toString 5',
    'payable 1079798',
  ]);
});

it('says that there is more, to whoever may not read all of it', async () => {
  expect(await shownAt({ currency: 'EUR' }, {}, { withheld: 2 })).toEqual([
    'What is decided on',
    'currency EUR',
    '2 more values are hidden from you; only a person who may read all of them can decide',
  ]);
});
