import { describeFlow, type Flow } from '#shared/automation/index.ts';
import { GROUPS, ISSUER } from '../authority/api-authority.ts';
import { openapi } from '../declarations/api-routes.ts';
import type { PlannedFunction } from './planned-function.ts';

/**
 * Plans the functions of the API: one for each group, and one that fetches the keys of the issuer.
 * Automations are passed as data, so bundles of the API do not contain code of their authors.
 */
export function functionsOfApi(flows: readonly Flow[]): PlannedFunction[] {
  const automations = flows.map(describeFlow);
  const declared = constant('automations', automations);
  const names = constant(
    'automationNames',
    automations.map(({ name }) => name),
  );

  const virtual: Readonly<Record<string, PlannedFunction['virtual']>> = {
    health: { function: constant('openapi', openapi()) },
    runs: { function: declared, wiring: names },
    gates: { function: declared },
    automations: { function: declared },
  };

  const groups = GROUPS.map(
    (group): PlannedFunction => ({
      name: group,
      kind: 'http',
      folder: group,
      decides: group === 'health' ? undefined : true, // this group answers without authentication
      entries: { index: `api/${group}`, aws: `api/${group}` },
      virtual: virtual[group],
    }),
  );

  return [
    ...groups,
    {
      name: ISSUER,
      kind: 'issuer',
      folder: ISSUER,
      entries: { index: 'issuer', aws: 'issuer' },
    },
  ];
}

const constant = (name: string, value: unknown) =>
  `export const ${name} = ${JSON.stringify(value)};`;
