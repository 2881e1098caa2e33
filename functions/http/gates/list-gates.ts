import * as z from 'zod/mini';
import { gateTargetId, list, workspaceTarget } from '#shared/engine/index.ts';
import { assertFound } from '../../framework/http/assert-found.ts';
import { endpoint } from '../../framework/http/endpoint.ts';
import { PAGE, pageOf } from '../../framework/http/page.ts';
import { linkTo } from '../../framework/http/read-page.ts';
import type { Descriptions } from '../automations/descriptions.ts';
import { attributesOf } from '../documents.ts';
import { gateOfTarget } from '../references.ts';
import { readableClasses } from '../runs/run-view.ts';
import { nameSchema } from '../schemas.ts';
import { workspaceResource } from '../workspaces/workspace-view.ts';
import { GATES_AT_ONCE, readGates } from './find-gate.ts';
import type { FoundGate } from './found-gate.ts';
import { gateSummary, gateSummarySchema, stateOf } from './gate-view.ts';
import { gateResource, runOfGate } from './resources.ts';

/**
 * Maximum number of reads for one page. Decided gates stay in the list, so a page can need several
 * reads to find open ones.
 */
const READS_MAX = 6;

export const listGates = (automations: Descriptions) =>
  endpoint({
    method: 'GET',
    path: '/gates',
    operationId: 'listGates',
    summary:
      'Lists the open gates of a workspace that you are allowed to see, oldest first. A page can be empty without being the last.',
    action: 'gate.list',
    request: { query: z.strictObject({ workspace: nameSchema, ...PAGE }) },
    response: {
      status: 200,
      json: z.strictObject({ gates: z.array(gateSummarySchema), cursor: z.optional(z.string()) }),
      refusals: ['request.cursor'],
    },
    async handle(call, ports) {
      const { workspace, limit } = call.given.query;
      const [document] = await ports.ledger.read([workspaceTarget(workspace)]);
      const attributes = attributesOf(document, ports.metrics);
      const resource = workspaceResource(workspace, attributes);

      call.requireVisible('gate.list', attributes === undefined ? undefined : resource, resource);

      const now = ports.clock.now();
      const open: FoundGate[] = [];
      let { cursor } = call.given.query;

      for (
        let reads = 0;
        reads < READS_MAX && open.length < limit && (reads === 0 || cursor !== undefined);
        reads++
      ) {
        const request = {
          list: list.gates(workspace),
          limit: Math.min(limit - open.length, GATES_AT_ONCE),
          cursor,
        };

        const page = await pageOf(ports, call.by.person.id, request);
        const keys = page.documents
          .flatMap((one) => gateOfTarget(one.target) ?? [])
          .filter((key) => key.workspace === workspace);

        if (keys.length < page.documents.length)
          ports.metrics.add('IndexMismatches', page.documents.length - keys.length);

        const found = await readGates(ports, keys, assertFound(attributes));

        open.push(
          ...found.filter(
            (one) =>
              stateOf(one, now) === 'open' &&
              call.isAllowed('gate.read', gateResource(one)).allowed,
          ),
        );

        cursor = page.cursor;
      }

      const gates = open.map((one) => {
        const classes = readableClasses(call, runOfGate(one));
        const automation = automations.get(one.key.automation);
        return gateSummary(one, { classes, automation, now });
      });

      return {
        body: { gates, cursor },
        headers: linkTo(call.given.query, cursor),
        audit: {
          workspace,
          targets: open.map(({ key, rev }) => ({
            kind: 'gate',
            id: gateTargetId(key, key.gate),
            rev,
          })),
        },
      };
    },
  });
