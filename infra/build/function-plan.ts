import type { Flow } from '#shared/automation/index.ts';
import { authoritiesOf, type FunctionAuthority } from '../authority/authority.ts';
import { SERVICE_ACTIONS, servicesOf } from '../authority/function-services.ts';
import { assertKnownVendors } from '../declarations/declared.ts';
import { automationNames, loadFlow, loadVendor, vendorNames } from '../declarations/folders.ts';
import { arnsNowhere, NOWHERE } from '../naming/placeholders.ts';
import { functionsOfApi, operationsOf } from './api-plan.ts';
import type { BuiltFunction } from './build-functions.ts';
import { handler, type PlannedFunction } from './function-text.ts';

/** Every function there is, from the folders: a new automation or vendor needs no line here. */
export async function planFunctions(): Promise<PlannedFunction[]> {
  const flows = await Promise.all(automationNames().map(loadFlow));

  assertKnownVendors({
    automations: flows,
    vendors: await Promise.all(vendorNames().map(loadVendor)),
  });

  return [
    ...flows.flatMap(functionsOf),
    ...vendorNames().map(functionOfVendor),
    ...functionsOfApi(flows),
    {
      name: 'records',
      kind: 'platform',
      folder: 'records',
      files: { index: operationsOf('records') },
    },
  ];
}

function functionsOf(flow: Flow): PlannedFunction[] {
  const automation = flow.name;
  const authorities = new Map(
    authoritiesOf(flow, arnsNowhere(NOWHERE)).map((authority) => [authority.name, authority]),
  );

  const planned = (
    kind: BuiltFunction['kind'],
    part: string,
    index: readonly string[],
  ): PlannedFunction => {
    const name = `${automation}.${part}`;
    const authority = authorities.get(name);
    if (authority === undefined) throw new Error(`no authority was derived for ${name}`);

    const imported = `import flow from './functions/automations/${automation}/automation.ts';`;
    const files = { index: [imported, ...index].join('\n'), aws: wiringOf(authority) };

    return {
      name,
      kind,
      automation,
      step: kind === 'step' ? part : undefined,
      folder: name,
      files,
    };
  };

  const made = (kind: BuiltFunction['kind'], part: string, maker: string, args: string) =>
    planned(kind, part, [
      `import { ${maker} } from './functions/handlers/automation-functions.ts';`,
      `const made = ${maker}(${args});`,
      'export const { connect } = made;',
      ...handler(`${automation}.${part}`, 'made'),
    ]);

  return [
    ...[...flow.steps.keys()].map((step) => made('step', step, 'stepFunction', `flow, '${step}'`)),
    planned('intake', 'intake', [
      `import readUpload from './functions/automations/${automation}/intake.ts';`,
      `import { intakeFunction } from './functions/handlers/automation-functions.ts';`,
      `import { intakeHandler } from './functions/handlers/intake-handler.ts';`,
      'const made = intakeFunction(flow, readUpload);',
      'export { flow };',
      'export const { connect, starter, read } = made;',
      ...handler(`${automation}.intake`, 'intakeHandler(made)'),
    ]),
    made('dead', 'dead', 'deadLetterFunction', 'flow'),
    made('sweeper', 'sweeper', 'sweeperFunction', 'flow'),
    made('timers', 'timers', 'timersFunction', 'flow'),
  ];
}

function functionOfVendor(vendor: string): PlannedFunction {
  const name = `vendor.${vendor}`;
  const declared = `import declared from './functions/vendors/${vendor}/vendor.ts';`;

  const index = [
    declared,
    `import { vendorFunction } from './functions/handlers/vendor-function.ts';`,
    'const made = vendorFunction(declared);',
    'export const { vendor, connect } = made;',
    ...handler(name, 'made'),
  ];

  const aws = [
    declared,
    `import { vendorOnAws } from './functions/wiring/aws.ts';`,
    'export const open = vendorOnAws(declared);',
  ];

  return {
    name,
    kind: 'vendor',
    vendor,
    folder: name,
    files: { index: index.join('\n'), aws: aws.join('\n') },
  };
}

/**
 * How a function is wired on AWS. The services it uses beside the ledger are read off what its role
 * allows, so the bundle has the clients of these and of no others.
 */
function wiringOf({ statements }: FunctionAuthority): string {
  const called = statements.flatMap(({ Action, Resource }) =>
    Action?.includes(SERVICE_ACTIONS.vendors) ? (Resource ?? []) : [],
  );
  const vendors = vendorNames().filter((vendor) =>
    called.some((arn) => arn.endsWith(`_vendor_${vendor}`)),
  );
  const services = servicesOf(statements);
  const declared = `vendors([${vendors.map((_, i) => `vendor${i}`).join(', ')}])`;
  const parts = services.map((service) =>
    service === 'vendors' ? `vendors: ${declared}` : service,
  );

  return [
    ...vendors.map(
      (vendor, i) => `import vendor${i} from './functions/vendors/${vendor}/vendor.ts';`,
    ),
    `import { ${['engineOnAws', ...services].join(', ')} } from './functions/wiring/aws.ts';`,
    `export const open = engineOnAws({ ${parts.join(', ')} });`,
  ].join('\n');
}
