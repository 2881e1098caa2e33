import * as z from 'zod/mini';
import { runTargetId, target, workspaceTarget } from '#shared/engine/index.ts';
import { CLEAR_CLASSES } from '#shared/kernel/index.ts';
import { type Descriptions, onlyOfClasses } from '../automations/descriptions.ts';
import { attributesOf, clearValues, runOfDocument } from '../documents.ts';
import { endpoint } from '../endpoint.ts';
import { RUN_REFERENCE, readRunReference } from '../references.ts';
import { seen } from '../seen.ts';
import { readableClasses, runForm, runResource, runView, soughtRun } from './run-view.ts';

export const getRun = (automations: Descriptions) =>
  endpoint({
    method: 'GET',
    path: '/runs/{run}',
    operationId: 'getRun',
    summary: 'Tells where a run stands, with the fields of it that you may read.',
    action: 'run.read',
    takes: { path: z.strictObject({ run: RUN_REFERENCE }) },
    gives: { status: 200, json: runForm },
    async handle(call, { ledger, metrics }) {
      const key = readRunReference(call.given.path.run);
      // everything in one read, whoever asks: what is read tells nobody whether there is such a run
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

      call.see('run.read', resource, sought);

      const classes = readableClasses(call, seen(resource));
      const automation = automations.get(key.automation);

      const values = classes.map((dataClass) =>
        onlyOfClasses(
          automation,
          [dataClass],
          clearValues(fields[CLEAR_CLASSES.indexOf(dataClass)], metrics),
        ),
      );

      return {
        body: runView(key, seen(run), Object.assign({}, ...values), automation),
        told: {
          workspace: key.workspace,
          run: key.run,
          targets: [{ kind: 'run', id: runTargetId(key), rev: seen(document).rev }],
          classes: [...classes],
        },
      };
    },
  });
