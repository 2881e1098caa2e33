import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Gate, GateSummary, RunSummary } from '#cli/api/answers.ts';
import { COMMANDS } from '#cli/commands.ts';
import { SAMPLE_PEOPLE } from '#cli/demo/people.ts';
import { temporaryFolder } from '../../support/bench.ts';
import { answering, within } from '../within.ts';
import { type StartProcess, startProcess, writ } from './writ-process.ts';

const top = mkdtempSync(join(tmpdir(), 'writ-start-'));
const data = join(top, 'data');
let platform: StartProcess;
let url = '';

beforeAll(async () => {
  platform = startProcess('--demo', '--data', data, '--port', '0', '--json');
  ({ url } = await platform.ready);
}, 60_000);
afterAll(async () => {
  platform.kill('SIGKILL');
  await platform.ended;
  rmSync(top, { recursive: true, force: true });
});
afterEach(() => vi.unstubAllEnvs());

/** A command on the data folder, in this process. */
const command = (...args: readonly string[]) => within(COMMANDS, ...args, '--data', data);
const json = async <T>(...args: readonly string[]): Promise<T> =>
  JSON.parse((await command(...args, '--json')).stdout) as T;
const as = (person: string) => ['--as', `sample-${person}`];
const gates = async () => (await json<{ gates: GateSummary[] }>('gates', ...as('approver'))).gates;
/** The gate that waits because of a rule, by its id as it is printed. */
const waitingFor = async (rule: string) => {
  const gate = (await gates()).find(({ hits }) => hits.some((hit) => hit.rule === rule));
  return (gate?.id ?? '').split('.')[2]?.slice(0, 8) ?? '';
};

describe('a new user', () => {
  it('signs in, sees what waits and why, approves, and finds the evidence', async () => {
    const signedIn = await writ('sign-in', 'sample-approver', '--data', data);

    expect(signedIn).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('You are sample-approver now'),
    });

    const list = await command('gates');

    expect([list.code, list.stdout]).toEqual([
      0,
      expect.stringContaining('over-limit: the amount EUR'),
    ]);

    const id = await waitingFor('over-limit');

    expect(list.stdout).toContain(`${id}.approve-payment`);

    const shown = await command('gate', id);

    expect(shown).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('over the limit'),
      stderr: '',
    });

    const approved = await writ(
      'approve',
      id,
      '--reason',
      'the buyer confirmed the order',
      '--data',
      data,
    );

    expect(approved).toEqual({
      code: 0,
      stdout: `${id}.approve-payment is approved.\n`,
      stderr: '',
    });

    const trail = await command('trail', id);

    expect(trail.stdout).toMatch(
      /sample-approver via gates +gate\.decide\n +because the buyer confirmed the order\n +by policy compliance-officer\.decide\n/,
    );
    expect(trail.stdout).toMatch(/sample-clerk via invoice-approval\.intake +run\.start/);
    expect(trail.stdout).toContain(`\n${new Date().toISOString().slice(0, 10)}  UTC\n`);
    expect((await command('gate', id)).stdout).toContain('Approved by sample-approver');

    const again = await command('approve', id, '--reason', 'once more');

    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('gate.decided: ')]);
    expect((await gates()).map((gate) => gate.id.split('.')[2]?.slice(0, 8))).not.toContain(id);
  });

  it('rejects with a reason, and no money moves', async () => {
    const id = await waitingFor('changed-bank-account');

    const rejected = await json<{ outcome: string; by: string }>(
      'reject',
      id,
      '--reason',
      'the supplier did not confirm it',
      '--seen',
      (await json<Gate>('gate', id, ...as('approver'))).seen,
      ...as('approver'),
    );

    expect(rejected).toMatchObject({ outcome: 'rejected', by: 'sample-approver' });

    const trail = await json<{ entries: { entry: { action: string } }[] }>(
      'trail',
      id,
      ...as('approver'),
    );

    expect(trail.entries.map(({ entry }) => entry.action)).not.toContain('effect.claim');
  });

  it('starts a run from a file, waits for its end, and starts none twice', async () => {
    const file = join(data, 'invoices/clean.xml');
    const started = await command('run', 'invoice-approval', file, '--wait', ...as('clerk'));

    expect([started.code, started.stdout]).toEqual([
      0,
      expect.stringMatching(/^Started run \S+\.\nIt is done\./),
    ]);

    const again = await json<{ run: string; created: boolean }>(
      'run',
      'invoice-approval',
      file,
      ...as('clerk'),
    );

    expect(again.created).toBe(false);
    expect(started.stdout).toContain(again.run);

    const other = await json<{ created: boolean; status: string }>(
      'run',
      'invoice-approval',
      file,
      '--key',
      'another',
      '--wait',
      ...as('clerk'),
    );

    // it looks like a duplicate, and a person is asked
    expect(other).toMatchObject({ created: true, status: 'waiting' });
  });

  it('lists runs, newest first, some or all', async () => {
    const { runs } = await json<{ runs: RunSummary[] }>('runs', '--all', ...as('approver'));

    expect(runs.map(({ startedAt }) => startedAt)).toEqual(
      runs
        .map(({ startedAt }) => startedAt)
        .sort()
        .reverse(),
    );

    const some = await json<{ runs: RunSummary[]; more: boolean }>(
      'runs',
      '--limit',
      '2',
      '--automation',
      'invoice-approval',
      ...as('approver'),
    );

    expect(some).toEqual({ runs: runs.slice(0, 2), more: true });

    const { stdout } = await command('runs', '--limit', '2', ...as('approver'));

    expect(stdout).toMatch(/^RUN +STATUS +STAGE/);
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(stdout).toContain('There are more runs: use --limit or --all.');
  });

  it('is told who they are', async () => {
    expect(await json('whoami', ...as('auditor'))).toMatchObject({
      id: 'sample-auditor',
      roles: ['Auditor'],
      workspaces: '*',
    });

    expect((await command('whoami', ...as('client'))).stdout).toMatch(
      /roles +Client\n +workspaces +acme/,
    );
    expect((await platform.ready).people.map(({ id }) => id)).toEqual(
      SAMPLE_PEOPLE.map(({ id }) => id),
    );
  });

  it('checks the trail while the platform runs', async () => {
    expect(await writ('verify', '--data', data)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('No gaps found, and documents'),
    });
  });
});

describe('a decision', () => {
  it('is not made on what nobody looked at', async () => {
    const id = await waitingFor('no-order');
    await json('gate', id, ...as('approver')); // for a program, not for a person
    await command('gate', id, ...as('clerk')); // somebody else

    for (const name of ['approve', 'reject']) {
      const { code, stderr } = await command(name, id, '--reason', 'why not', ...as('approver'));

      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining(
          `gate.unseen: you have not looked at gate ${id}.approve-payment yet\nhelp: run "npx writ gate ${id}.approve-payment`,
        ),
      ]);
    }
  });

  it('on a terminal shows it first, and asks', async () => {
    const id = await waitingFor('no-order');
    for (const answer of ['', 'n', 'no', 'yess']) {
      const { code, stdout } = await answering(
        answer,
        COMMANDS,
        'reject',
        id,
        '--reason',
        'r',
        ...as('approver'),
        '--data',
        data,
      );

      expect([code, stdout]).toEqual([
        1,
        expect.stringMatching(/no-order: [\s\S]*Reject\? \[y\/N\] Nothing was decided\.\n$/),
      ]);
    }

    expect((await json<Gate>('gate', id, ...as('approver'))).state).toBe('open');

    const key = ['--key', 'to-be-rejected', '--wait'];
    const file = join(data, 'invoices/over-limit.xml');

    const { run } = await json<{ run: string }>(
      'run',
      'invoice-approval',
      file,
      ...key,
      ...as('clerk'),
    );

    const gate = `${run}.approve-payment`;

    const said = await answering(
      'y',
      COMMANDS,
      'reject',
      gate,
      '--reason',
      'too much',
      ...as('approver'),
      '--data',
      data,
    );

    expect([said.code, said.stdout]).toEqual([
      0,
      expect.stringMatching(
        /over-limit: [\s\S]*Reject\? \[y\/N\] .*approve-payment is rejected\.\n$/,
      ),
    ]);
  });

  it('is not made when what stands is not what was shown, and says so in words', async () => {
    const id = await waitingFor('no-order');

    const { code, stderr } = await command(
      'approve',
      id,
      '--reason',
      'r',
      '--seen',
      'something-else',
      ...as('approver'),
    );

    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^gate\.stale: .* nothing was decided\nhelp: run "npx writ gate /),
    ]);
  });
});

describe('a token for use by hand', () => {
  it('is printed and nothing else, and the API takes it', async () => {
    const { code, stdout, stderr } = await writ('token', 'sample-auditor', '--data', data);

    expect([code, stdout, stderr]).toEqual([
      0,
      expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/),
      '',
    ]);

    const me = await fetch(`${url}/me`, { headers: { authorization: `Bearer ${stdout.trim()}` } });
    expect(await me.json()).toMatchObject({ id: 'sample-auditor' });
  });
});

describe('somebody who may not', () => {
  it.each([
    ['decides nothing at a gate that they may see', 'clerk', 'gate.requester'],
    ['learns nothing of a gate that is not for them', 'client', 'request.not-found'],
    ['learns nothing of a gate of another workspace', 'stranger', 'request.not-found'],
  ])('%s', async (_, person, code) => {
    const id = await waitingFor('no-order');
    const where = person === 'stranger' ? ['--workspace', 'acme'] : [];
    const { seen } = await json<Gate>('gate', id, ...as('approver'));

    const { code: exit, stderr } = await command(
      'approve',
      id,
      '--reason',
      'mine',
      '--seen',
      seen,
      ...where,
      ...as(person),
    );

    expect([exit, stderr]).toEqual([1, expect.stringContaining(`${code}: `)]);

    const gate = await json<Gate>('gate', id, ...as('approver'));

    expect(gate.state).toBe('open');
  });

  it('is refused when there is no such person, with those there are', async () => {
    const { code, stderr } = await command('sign-in', 'sample-nobody');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^sign-in\.person: .*sample-approver/),
    ]);
    // still who signed in before
    expect(readFileSync(join(data, 'session.json'), 'utf8')).toContain('sample-approver');
  });
});

describe('a session', () => {
  it('is kept for its owner alone, and holds no token', () => {
    const path = join(data, 'session.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      v: 'session/1',
      person: 'sample-approver',
    });
  });

  it('may be of any issuer, by WRIT_TOKEN, which is used for nobody else', async () => {
    vi.stubEnv('WRIT_TOKEN', 'not-a-token');
    expect(await command('whoami')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('request.unidentified'),
    });
    expect(await command('whoami', ...as('clerk'))).toMatchObject({ code: 0 });
  });

  it('sends the code of this machine to no other', async () => {
    const { code, stderr } = await command('whoami', '--api', 'https://writ.invalid');
    expect([code, stderr]).toEqual([1, expect.stringContaining('session.local-only: ')]);
  });

  it('asks for a workspace when there are several', async () => {
    const { code, stderr } = await command('runs', ...as('auditor'));
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^workspace\.unclear: sample-auditor has access to .*: acme, globex\nhelp: .*--workspace\n$/,
      ),
    ]);
  });

  it('is not led away by a data folder that came from elsewhere', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'address'), 'https://writ.invalid');
    vi.stubEnv('WRIT_TOKEN', 'a-token');

    const { code, stderr } = await within(COMMANDS, 'whoami', '--data', folder);

    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining('platform.unreachable: no platform runs on the data folder'),
    ]);

    expect(stderr).not.toContain('writ.invalid');
  });

  it('asks nobody when no platform runs on the folder and none is named', async () => {
    const folder = temporaryFolder();
    for (const args of [
      ['whoami', '--as', 'sample-clerk'],
      ['token', 'sample-clerk'],
      ['sign-in', 'sample-clerk'],
    ]) {
      const { code, stderr } = await within(COMMANDS, ...args, '--data', folder);

      expect([code, stderr]).toEqual([
        3,
        expect.stringMatching(
          /^platform\.unreachable: no platform runs on .*\nhelp: .* or its address with --api\n$/,
        ),
      ]);
    }
  });

  it('is missing before anybody signed in', async () => {
    const { code, stderr } = await within(
      COMMANDS,
      'gates',
      '--data',
      temporaryFolder(),
      '--api',
      url,
    );

    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^session\.missing: .*\nhelp: .*npx writ sign-in/),
    ]);
  });
});

describe('a platform that is not there', () => {
  it('is said to be, with how to start it: exit code 3', async () => {
    const { code, stderr } = await command('whoami', '--api', 'http://127.0.0.1:9');

    expect([code, stderr]).toEqual([
      3,
      'platform.unreachable: cannot connect to http://127.0.0.1:9 (the connection failed)\nhelp: start the platform with "npm start"\n',
    ]);

    vi.stubEnv('WRIT_API', 'http://127.0.0.1:9');
    expect(await command('whoami', '--json')).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('"code":"platform.unreachable"'),
    });
  });
});

describe('a platform without the demo', () => {
  it('runs in shadow: nothing leaves for a bank, and it says so', async () => {
    const folder = join(top, 'other');
    const bare = startProcess('--data', folder, '--port', '0', '--json');

    await bare.ready;

    const file = join(data, 'invoices/over-limit.xml');

    const { code, stdout } = await within(
      COMMANDS,
      'run',
      'invoice-approval',
      file,
      '--wait',
      '--as',
      'sample-clerk',
      '--data',
      folder,
    );

    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /Pretended, without calling a vendor: pay\.\nThe rollout of invoice-approval in acme is shadow: no gate waits/,
      ),
    ]);

    const [, id = ''] = /^Started run (\S+)\.\n/.exec(stdout) ?? [];

    const { stdout: trail } = await within(
      COMMANDS,
      'trail',
      id,
      '--as',
      'sample-approver',
      '--data',
      folder,
    );

    // of the steps, only the external one is pretended
    expect(trail.match(/step\.done [\w-]+\n +pretended: .*/g)).toEqual([
      expect.stringMatching(
        /^step\.done pay\n +pretended: the rollout is shadow, so no vendor was called$/,
      ),
    ]);
    expect(trail.match(/pretended:/g)).toHaveLength(1);
    bare.kill('SIGTERM');
    expect(await bare.ended).toMatchObject({ code: 0 });
  });

  it('lets gates wait once it is told how far to trust an automation, and remembers it, whatever the demo would set', async () => {
    const folder = join(top, 'trusted');
    const file = join(data, 'invoices/over-limit.xml');
    const run = ['run', 'invoice-approval', file, '--wait', '--as', 'sample-clerk'];

    for (const [key, ...options] of [
      ['first', '--rollout', 'invoice-approval=supervised'],
      ['second', '--demo'],
    ]) {
      const bare = startProcess('--data', folder, '--port', '0', '--json', ...options);
      await bare.ready;

      const { stdout } = await within(
        COMMANDS,
        ...run,
        '--key',
        `${key}`,
        '--json',
        '--data',
        folder,
      );

      expect(JSON.parse(stdout)).toMatchObject({ status: 'waiting', rollout: 'supervised' });
      bare.kill('SIGTERM');
      await bare.ended;
    }
  });

  it.each([
    [
      'refunds=exceptions',
      1,
      /^rollout\.automation: there is no automation refunds; allowed is (?:\S+, )*invoice-approval/m,
    ],
    ['invoice-approval=always', 2, /one of the stages shadow, supervised, exceptions, autonomous/],
    ['invoice-approval', 2, /Use AUTOMATION=STAGE/],
  ])('does not start with the rollout %s', async (rollout, exit, words) => {
    const { code, stderr } = await startProcess(
      '--data',
      join(top, 'never'),
      '--port',
      '0',
      '--rollout',
      rollout,
    ).ended;

    expect([code, stderr]).toEqual([exit, expect.stringMatching(words)]);
  });
});

describe('help', () => {
  it('says how to begin', async () => {
    expect((await within(COMMANDS, '--help')).stdout).toContain(
      'Run "npm start" to start the platform on this machine',
    );
  });

  it.each(['sign-in', 'token'])('of %s offers nobody else to be', async (name) => {
    expect((await within(COMMANDS, name, '--help')).stdout).not.toMatch(/--as|WRIT_TOKEN/);
  });

  it.each([
    'start',
    'sign-in',
    'token',
    'whoami',
    'run',
    'runs',
    'gates',
    'gate',
    'approve',
    'reject',
    'trail',
    'verify',
  ])('of %s has an example', async (name) => {
    const { code, stdout } = await within(COMMANDS, name, '--help');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/Example:\n {2}(TOKEN=\$\()?np[xm] /),
    ]);
  });

  it.each([
    ['approve', 'abcd'],
    ['runs', '--limit', '0'],
    ['run', 'invoice-approval'],
    ['run', 'invoice-approval', 'i.xml', '--key', 'κλειδί'],
    ['start', '--port', '70000'],
    ['start', '--data', ''],
  ])('is pointed to when %s %s %s is not how it is used: exit code 2', async (...args) => {
    expect(await within(COMMANDS, ...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('help: run the command with --help'),
    });
  });
});

/** An upload of which the platform has the head, and of the body as much as nothing. */
function halfAnUpload(): Promise<{ finish(): Promise<number>; drop(): void }> {
  const sent = request(`${url}/runs`, {
    method: 'POST',
    headers: { expect: '100-continue', 'content-length': 4 },
  });

  const status = new Promise<number>((resolve, reject) => {
    sent.on('response', (response) => resolve(response.resume().statusCode ?? 0));
    sent.on('error', reject);
  });

  status.catch(() => {});

  return new Promise((resolve) => {
    sent.on('continue', () => {
      resolve({
        finish: () => {
          sent.end('<ok>');
          return status;
        },
        drop: () => sent.destroy(),
      });
    });
    sent.flushHeaders();
  });
}

// the last one: it ends the platform of the tests before it
describe('a platform that runs', () => {
  it('has its folder and its port to itself', async () => {
    const second = startProcess('--data', data, '--port', '0');
    const { code, stderr } = await second.ended;

    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining(`ledger.locked: another process is working on the data in ${data}`),
    ]);

    const port = new URL(url).port;
    const other = await startProcess('--data', join(top, 'other'), '--port', port).ended;

    expect([other.code, other.stderr]).toEqual([
      1,
      expect.stringContaining(
        `http.port-taken: port ${port} of this machine is in use\nhelp: choose another one with --port`,
      ),
    ]);

    expect(await command('whoami', ...as('clerk'))).toMatchObject({ code: 0 }); // not disturbed
  });

  it('ends well at Ctrl-C, even when it is heard twice, and goes on where it was', async () => {
    const before = await json<{ runs: RunSummary[] }>('runs', '--all', ...as('approver'));
    const upload = await halfAnUpload();

    platform.kill('SIGINT');
    platform.kill('SIGINT'); // as npm and the terminal do
    expect(await upload.finish()).toBe(401); // what is under way is answered
    expect(await platform.ended).toMatchObject({ code: 0, stderr: '' });
    expect(await command('whoami')).toMatchObject({ code: 3 });

    const { entries } = await json<{ entries: number }>('verify');

    platform = startProcess('--data', data, '--port', '0', '--json');
    ({ url } = await platform.ready);
    // nothing is set up twice
    expect((await json<{ entries: number }>('verify')).entries).toBe(entries);
    expect(await json('runs', '--all')).toEqual(before); // still as who signed in

    const id = await waitingFor('no-order');

    await command('gate', id);
    await command('approve', id, '--reason', 'the buyer found the order');

    await vi.waitFor(
      async () =>
        expect(
          (await json<{ runs: RunSummary[] }>('runs')).runs.find((run) => run.id.includes(id))
            ?.status,
        ).toBe('done'),
      10_000,
    );

    expect(await json('verify')).toMatchObject({ problems: [] });
  }, 30_000);

  it('ends at once at a second Ctrl-C', async () => {
    const upload = await halfAnUpload();
    const again = setInterval(() => platform.kill('SIGINT'), 100);
    expect(await platform.ended).toMatchObject({ code: 130 });
    clearInterval(again);
    upload.drop();
  });
});
