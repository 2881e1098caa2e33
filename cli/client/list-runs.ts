import { InvalidArgumentError } from 'commander';
import type { RunSummary } from '../api/answers.ts';
import type { Api, PageOf } from '../api/api.ts';
import { ApiProblemError } from '../api/errors.ts';
import type { AddCommand } from '../command/command.ts';
import type { Page } from '../command/page.ts';
import { jsonText } from '../command/visible.ts';
import { connect } from './connect.ts';
import { shortRun } from './find.ts';
import { formatMinute } from './format.ts';
import { addWorkspaceOptions, type WorkspaceOptions } from './options.ts';
import { workspaceFor } from './workspace.ts';

interface RunsOptions extends WorkspaceOptions {
  readonly automation?: string;
  readonly limit: number;
  readonly all?: true;
}

/** Maximum number of runs on a page of the API. */
const PAGE = 100;

/** `writ runs`: lists the runs of a workspace, newest first. */
export const runs: AddCommand = (program, { out, err }) => {
  const command = program
    .command('runs')
    .description('List the runs of a workspace, newest first')
    .option('--automation <name>', 'list only runs of this automation')
    .option('--limit <count>', 'list at most this many', readCount, 20)
    .option('--all', 'list all runs');

  addWorkspaceOptions(command, 'npx writ runs --automation invoice-approval --limit 5').action(
    async (options: RunsOptions) => {
      const api = await connect(options);
      const of = {
        workspace: await workspaceFor(api, options),
        automation: options.automation,
      };

      const most = options.all ? Number.POSITIVE_INFINITY : options.limit;
      const { found, more } = await collect((page) => api.runs({ ...of, ...page }), most, err);

      if (found.length === 0 && options.automation !== undefined)
        await assertAutomation(api, options.automation);

      if (options.json) out.raw(jsonText({ runs: found, more }));
      else show(out, of.workspace, found, more);
    },
  );
};

/**
 * Checks that an automation exists. Does nothing if the caller may not read automations.
 *
 * @throws `automation.unknown` (refuse).
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
    throw new InvalidArgumentError('Use a whole number of at least 1.');

  return count;
}

/**
 * Reads pages until there are `most` runs. A page may be shorter than requested, because the API
 * leaves out runs that the caller may not see.
 */
async function collect(
  list: (page: PageOf) => ReturnType<Api['runs']>,
  most: number,
  err: Page,
): Promise<{ found: RunSummary[]; more: boolean }> {
  const found: RunSummary[] = [];
  let cursor: string | undefined;

  do {
    const limit = Math.min(PAGE, most - found.length);
    const page = await list({ limit, cursor });
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
      formatMinute(run.startedAt),
      run.requester,
    ]),
  );

  if (more) out.line('There are more runs: use --limit or --all.', { style: 'dim' });
}
