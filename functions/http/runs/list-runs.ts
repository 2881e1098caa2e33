import * as z from 'zod/mini';
import { list, runTargetId, target, workspaceTarget } from '#shared/engine/index.ts';
import { assertFound } from '../../framework/http/assert-found.ts';
import { type Table, toCsv } from '../../framework/http/csv.ts';
import { endpoint } from '../../framework/http/endpoint.ts';
import { PAGE } from '../../framework/http/page.ts';
import { linkTo, readPage } from '../../framework/http/read-page.ts';
import type { Descriptions } from '../automations/descriptions.ts';
import { attributesOf, runOfDocument } from '../documents.ts';
import { runOfTarget } from '../references.ts';
import { nameSchema } from '../schemas.ts';
import { workspaceResource } from '../workspaces/workspace-view.ts';
import { newestOf } from './newest-of.ts';
import { runResource, runSummary, runSummarySchema } from './run-view.ts';

const runsSchema = z.strictObject({
  runs: z.array(runSummarySchema),
  cursor: z.optional(z.string()),
});

export const listRuns = (automations: Descriptions) =>
  endpoint({
    method: 'GET',
    path: '/runs',
    operationId: 'listRuns',
    summary: 'Lists the runs of a workspace that you are allowed to see, newest first.',
    action: 'run.list',
    request: {
      query: z.strictObject({ workspace: nameSchema, automation: z.optional(nameSchema), ...PAGE }),
    },
    response: {
      status: 200,
      json: runsSchema,
      csv: ({ runs }) => toCsv(tableOf(runs)),
      refusals: ['request.cursor'],
    },
    async handle(call, ports) {
      const { workspace, automation, limit, cursor } = call.given.query;
      const [document] = await ports.ledger.read([workspaceTarget(workspace)]);
      const attributes = attributesOf(document, ports.metrics);
      const resource = workspaceResource(workspace, attributes);

      call.requireVisible('run.list', attributes === undefined ? undefined : resource, resource);

      // Only lists of deployed automations are read.
      const names = [...automations.keys()].filter(
        (name) => automation === undefined || name === automation,
      );
      const lists = names.map((name) => list.runs(name, workspace));
      const query = newestOf(
        ports.ledger,
        lists,
        ({ body }) => Number((body as { readonly startedAt?: unknown } | null)?.startedAt) || 0,
      );

      const page = await readPage(
        { ...ports, ledger: { ...ports.ledger, query } },
        call.by.person.id,
        { list: list.runs(automation ?? '', workspace), newestFirst: true, limit, cursor },
        (found) => isRunOf(found, workspace, names),
      );

      const runs = page.documents.flatMap((one) => {
        const [key, run] = [runOfTarget(one.target), runOfDocument(one, ports.metrics)];
        if (key === undefined || run === undefined) return [];
        return call.isAllowed('run.read', runResource(key, assertFound(attributes), run)).allowed
          ? [{ view: runSummary(key, run), id: runTargetId(key), rev: one.rev }]
          : [];
      });

      return {
        body: {
          runs: runs.map(({ view }) => view),
          cursor: page.cursor,
        },
        headers: linkTo(call.given.query, page.cursor),
        audit: { workspace, targets: runs.map(({ id, rev }) => ({ kind: 'run', id, rev })) },
      };
    },
  });

function isRunOf(found: string, workspace: string, automations: readonly string[]): boolean {
  const key = runOfTarget(found);
  return (
    key !== undefined &&
    key.workspace === workspace &&
    automations.includes(key.automation) &&
    target.run(key) === found
  );
}

function tableOf(runs: z.output<typeof runsSchema>['runs']): Table {
  return {
    columns: [
      'id',
      'workspace',
      'automation',
      'version',
      'status',
      'stage',
      'requester',
      'startedAt',
      'finishedAt',
    ],
    rows: runs.map((run) => [
      run.id,
      run.workspace,
      run.automation,
      run.version,
      run.status,
      run.stage,
      run.requester,
      run.startedAt,
      run.finishedAt,
    ]),
  };
}
