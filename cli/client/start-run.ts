import { createHash } from 'node:crypto';
import { InvalidArgumentError } from 'commander';
import { IDEMPOTENCY_KEY_MAX } from '#functions/framework/http/request.ts';
import type { Rollout, Run } from '../api/answers.ts';
import type { Api } from '../api/api.ts';
import { ApiProblemError } from '../api/errors.ts';
import type { AddCommand } from '../command/command.ts';
import { CommandExit } from '../command/command-exit.ts';
import type { Page } from '../command/page.ts';
import { readFile } from '../command/read-file.ts';
import { jsonText } from '../command/visible.ts';
import { connect } from './connect.ts';
import { shortGate, shortRun } from './find.ts';
import { addWorkspaceOptions, repeatedOptions, type WorkspaceOptions } from './options.ts';
import { waitingStep, waitUntilSettled } from './wait-until-settled.ts';
import { workspaceFor } from './workspace.ts';

interface RunOptions extends WorkspaceOptions {
  readonly key?: string;
  readonly wait?: true;
}

/** `writ run`: starts a run from a file. */
export const run: AddCommand = (program, { out, err }) => {
  const command = program
    .command('run')
    .description('Start a run of an automation from a file')
    .argument('<automation>', 'name of the automation, such as invoice-approval')
    .argument('<file>', 'input of the run, such as an invoice in UBL 2.1')
    .option(
      '--key <text>',
      'use this idempotency key (default: SHA-256 of the file)',
      idempotencyKey,
    )
    .option('--wait', 'wait until the run ends or stops at a gate');

  addWorkspaceOptions(command, 'npx writ run invoice-approval invoice.xml --wait').action(
    async (automation: string, path: string, options: RunOptions) => {
      const bytes = readFile(path);
      const api = await connect(options);
      const workspace = await workspaceFor(api, options);
      const key = options.key ?? createHash('sha256').update(bytes).digest('hex');
      const { id, created } = await api.start({ workspace, automation, key, bytes });

      if (!options.json)
        out.line(
          created
            ? `Started run ${id}.`
            : `Run ${id} already exists for this file and key; no new run was started.`,
        );

      const { data, api: address } = options;
      const trail = `npx writ trail ${shortRun(id)}${repeatedOptions({ data, api: address })}`;
      const ended = options.wait ? await waitUntilSettled(() => api.run(id), err) : undefined;
      const rollout = ended === undefined ? undefined : await rolloutOf(api, ended);

      if (options.json)
        out.raw(
          jsonText({
            run: id,
            created,
            status: ended?.status,
            stage: ended?.stage,
            rollout,
            parked: ended?.parked,
            waiting: ended === undefined ? undefined : waitingStep(ended)?.waiting,
          }),
        );
      else if (ended === undefined) out.line(`Follow it: ${trail}`, { style: 'dim' });
      else report(out, ended, { rollout, trail });

      if (ended?.status === 'parked') throw new CommandExit(1);
    },
  );
};

/** Checks that a key can be sent as an HTTP header. */
function idempotencyKey(text: string): string {
  if (/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) && text.length <= IDEMPOTENCY_KEY_MAX)
    return text;
  throw new InvalidArgumentError(
    `Use 1 to ${IDEMPOTENCY_KEY_MAX} printable ASCII characters without spaces at the ends.`,
  );
}

/** Reads the rollout of the run's automation. Returns undefined if the caller may not read it. */
async function rolloutOf(api: Api, run: Run): Promise<Rollout['rollout'] | undefined> {
  try {
    return (await api.rollout(run)).rollout;
  } catch (error) {
    if (error instanceof ApiProblemError && [403, 404].includes(error.status)) return undefined;
    throw error;
  }
}

function report(
  out: Page,
  run: Run,
  { rollout, trail }: { readonly rollout?: Rollout['rollout']; readonly trail: string },
): void {
  const { automation, workspace, status, gates, parked, steps } = run;
  const { name, waiting } = waitingStep(run) ?? {};

  if (waiting !== undefined) {
    out.line(`Step ${name} has been waiting since ${waiting.since}: ${waiting.reason}.`, {
      style: 'yellow',
    });
    out.line(`The engine retries it at ${waiting.nextAttemptAt}.`, { style: 'yellow' });
  } else if (status === 'waiting') {
    const open = gates.filter(({ state }) => state === 'open').map((gate) => shortGate(gate.id));
    out.line(`It waits for a decision at ${open.join(', ')}.`, { style: 'yellow' });
  } else if (status === 'parked')
    out.line(`It is parked: ${parked?.reason ?? 'no reason given'}.`, { style: 'red' });
  else out.line(`It is ${status}.`, { style: status === 'done' ? 'green' : 'red' });

  const pretended = steps.filter((step) => step.pretended).map(({ name }) => name);
  if (pretended.length > 0)
    out.line(`Pretended, without calling a vendor: ${pretended.join(', ')}.`, { style: 'yellow' });

  if (rollout === 'shadow') {
    out.line(
      `The rollout of ${automation} in ${workspace} is shadow: no gate waits, and nothing is sent.`,
      { style: 'yellow' },
    );
    out.line(
      `To let its gates wait on this machine: npm start -- --rollout ${automation}=exceptions`,
      { style: 'dim' },
    );
  }

  out.line(`See what it did: ${trail}`, { style: 'dim' });
}
