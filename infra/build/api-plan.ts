import { type AutomationDescription, describeFlow, type Flow } from '#shared/automation/index.ts';
import { GROUPS, type Group, ISSUER } from '../authority/api-authority.ts';
import { openapi } from '../declarations/api-routes.ts';
import { handler, type PlannedFunction } from './function-text.ts';

/**
 * How the function of a group is made and wired, as text. Automations come in as data: no code of
 * an author is in its bundle.
 */
interface GroupPlan {
  /**
   * What makes it of automations, in `functions/http/<group>/index.ts`; without it, that file has
   * it ready, as `http`.
   */
  readonly maker?: string;
  /** Names of the wiring that it takes, and what it is opened with beside what every group has. */
  readonly parts?: readonly string[];
  readonly opened?: (automations: readonly AutomationDescription[]) => string;
  /** Whether it has operations of the embedded mode. */
  readonly operations?: true;
}

const names = (automations: readonly AutomationDescription[]) =>
  JSON.stringify(automations.map(({ name }) => name));

const PLANS: Readonly<Record<Exclude<Group, 'health'>, GroupPlan>> = {
  runs: { maker: 'makeRuns', parts: ['starts'], opened: (all) => `more: starts(${names(all)})` },
  gates: { maker: 'makeGates', opened: () => 'queues', operations: true },
  automations: { maker: 'makeAutomations', operations: true },
  trail: { parts: ['trail'], opened: () => 'more: trail' },
  people: {
    parts: ['firstAdmin'],
    opened: () => `more: firstAdmin, settings: ['firstAdmin']`,
    operations: true,
  },
  workspaces: { parts: ['keyService'], opened: () => 'more: keyService', operations: true },
};

/** The functions of the API: its groups, and the one that fetches the keys of the issuer. */
export function functionsOfApi(flows: readonly Flow[]): PlannedFunction[] {
  const automations = flows.map(describeFlow);
  return [
    ...GROUPS.map((group) =>
      group === 'health' ? healthFunction() : groupFunction(group, PLANS[group], automations),
    ),
    {
      name: ISSUER,
      kind: 'issuer',
      folder: ISSUER,
      files: {
        index: [
          `import * as made from './functions/workers/issuer/issuer.ts';`,
          'export const { connect } = made;',
          ...handler(ISSUER, 'made'),
        ].join('\n'),
        aws: [
          `import { issuerOnAws } from './functions/wiring/aws-quiet.ts';`,
          'export const open = issuerOnAws();',
        ].join('\n'),
      },
    },
  ];
}

function groupFunction(
  group: Group,
  { maker, parts = [], opened = () => '', operations }: GroupPlan,
  automations: readonly AutomationDescription[],
): PlannedFunction {
  const isQueued = opened(automations) === 'queues';
  const services = ['secrets', ...(isQueued ? ['queues'] : [])];

  return {
    name: group,
    kind: 'http',
    folder: group,
    decides: true,
    files: {
      index: [
        ...(maker === undefined
          ? [`import { http } from './functions/http/${group}/index.ts';`]
          : [
              `import { ${maker} } from './functions/http/${group}/index.ts';`,
              `const http = ${maker}(${JSON.stringify(automations)});`,
            ]),
        'export { http };',
        ...(operations ? [operationsOf(group)] : []),
        ...handler(group, 'http'),
      ].join('\n'),
      aws: [
        `import { ${services.join(', ')} } from './functions/wiring/aws.ts';`,
        `import { ${['httpOnAws', ...parts].join(', ')} } from './functions/wiring/aws-http.ts';`,
        `export const open = httpOnAws({ ${['secrets', opened(automations)].filter(Boolean).join(', ')} });`,
      ].join('\n'),
    },
  };
}

/** Answers anybody, so it asks nobody who they are and decides nothing. */
function healthFunction(): PlannedFunction {
  const index = [
    `import { makeHealth } from './functions/http/health/index.ts';`,
    `export const http = makeHealth(${JSON.stringify(openapi())});`,
    ...handler('health', 'http'),
  ];

  const aws = [
    `import { openOnAws } from './functions/wiring/aws-quiet.ts';`,
    'export const open = openOnAws();',
  ];

  return {
    name: 'health',
    kind: 'http',
    folder: 'health',
    files: { index: index.join('\n'), aws: aws.join('\n') },
  };
}

/** What a function can do in the embedded mode without the API. */
export const operationsOf = (name: string) =>
  `export * as operations from './functions/http/${name}/operations.ts';`;
