import * as z from 'zod/mini';
import { runTargetId, target, workspaceTarget } from '#shared/engine/index.ts';
import { CLEAR_CLASSES } from '#shared/kernel/index.ts';
import { assertFound } from '../../framework/http/assert-found.ts';
import { endpoint } from '../../framework/http/endpoint.ts';
import { type Descriptions, restrictToClasses } from '../automations/descriptions.ts';
import { attributesOf, clearValues, runOfDocument } from '../documents.ts';
import { RUN_REFERENCE, readRunReference } from '../references.ts';
import { readableClasses, runResource, runSchema, runView, soughtRun } from './run-view.ts';

export const getRun = (automations: Descriptions) =>
  endpoint({
    method: 'GET',
    path: '/runs/{run}',
    operationId: 'getRun',
    summary: 'Returns the current state of a run, with the fields that you are allowed to read.',
    action: 'run.read',
    request: { path: z.strictObject({ run: RUN_REFERENCE }) },
    response: { status: 200, json: runSchema },
    async handle(call, { ledger, metrics }) {
      const key = readRunReference(call.given.path.run);
      // Reads everything at once for every caller, so that timing does not reveal whether the run
      // exists.
      const [document, workspace, ...fields] = await ledger.read([
        target.run(key),
        workspaceTarget(key.workspace),
        ...CLEAR_CLASSES.map((dataClass) => target.fields(key, dataClass)),
      ]);

      const attributes = attributesOf(workspace, metrics);
      const run = runOfDocument(document, metrics);
      const sought = soughtRun(key, attributes);
      const resource =
        run === undefined || attributes === undefined
          ? undefined
          : runResource(key, attributes, run);

      call.requireVisible('run.read', resource, sought);

      const classes = readableClasses(call, assertFound(resource));
      const automation = automations.get(key.automation);

      const values = classes.map((dataClass) =>
        restrictToClasses(
          automation,
          [dataClass],
          clearValues(fields[CLEAR_CLASSES.indexOf(dataClass)], metrics),
        ),
      );

      return {
        body: runView(key, assertFound(run), Object.assign({}, ...values), automation),
        audit: {
          workspace: key.workspace,
          run: key.run,
          targets: [{ kind: 'run', id: runTargetId(key), rev: assertFound(document).rev }],
          classes: [...classes],
        },
      };
    },
  });
