import { InvalidArgumentError } from 'commander';
import type { RunSummary } from '../api/answers.ts';
import type { Api } from '../api/api.ts';
import { ApiProblemError } from '../api/errors.ts';
import type { AddCommand } from '../command/command.ts';
import type { Page } from '../command/page.ts';
import { jsonText } from '../command/visible.ts';
import { connect } from './connect.ts';
import { shortRun } from './find.ts';
import { asksWorkspace, type WorkspaceOptions } from './options.ts';
import { minute } from './words.ts';
import { workspaceFor } from './workspace.ts';

interface RunsOptions extends WorkspaceOptions {
  readonly automation?: string;
  readonly limit: number;
  readonly all?: true;
}

/** The most of one page of the API. */
const PAGE = 100;

/** `writ runs`: the runs of a workspace, newest first. */
export const runs: AddCommand = (program, { out, err }) => {
  const command = program
    .command('runs')
    .description('the runs of a workspace, newest first')
    .option('--automation <name>', 'only of this automation')
    .option('--limit <count>', 'how many', readCount, 20)
    .option('--all', 'every one');

  asksWorkspace(command, 'npx writ runs --automation invoice-approval --limit 5').action(
    async (options: RunsOptions) => {
      const api = await connect(options);
      const of = {
        workspace: await workspaceFor(api, options),
        automation: options.automation,
      };

      const { found, more } = await collect(
        api,
        of,
        options.all ? Number.POSITIVE_INFINITY : options.limit,
        err,
      );

      if (found.length === 0 && options.automation !== undefined)
        await assertAutomation(api, options.automation);

      if (options.json) out.raw(jsonText({ runs: found, more }));
      else show(out, of.workspace, found, more);
    },
  );
};

/**
 * @throws `automation.unknown` (refuse): there is no such automation. Whoever may not list
 *   automations is not told.
 */
async function assertAutomation(api: Api, name: string): Promise<void> {
  try {
    await api.automation(name);
  } catch (error) {
    if (!(error instanceof ApiProblemError) || error.code === 'automation.unknown') throw error;
  }
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new InvalidArgumentError('It is a whole number from 1.');
  return count;
}

/**
 * Pages until there are enough. A page may hold fewer than were asked for: what one may not see is
 * left out.
 */
async function collect(
  api: Api,
  of: Parameters<Api['runs']>[0],
  most: number,
  err: Page,
): Promise<{ found: RunSummary[]; more: boolean }> {
  const found: RunSummary[] = [];
  let cursor: string | undefined;

  do {
    const limit = Math.min(PAGE, most - found.length);
    const page = await api.runs({ ...of, limit, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.items);
    cursor = page.cursor;

    if (cursor !== undefined && found.length < most)
      err.line(`${found.length} runs so far …`, { style: 'dim' });
  } while (cursor !== undefined && found.length < most);

  return { found, more: cursor !== undefined };
}

function show(out: Page, workspace: string, found: readonly RunSummary[], more: boolean): void {
  if (found.length === 0) {
    out.line(`There are no runs in ${workspace} that you may see.`);
    return;
  }

  out.table(
    ['RUN', 'STATUS', 'STAGE', 'AUTOMATION', 'STARTED (UTC)', 'BY'],
    found.map((run) => [
      shortRun(run.id),
      run.status,
      run.stage,
      run.automation,
      minute(run.startedAt),
      run.requester,
    ]),
  );

  if (more) out.line('There are more: --limit or --all shows them.', { style: 'dim' });
}
