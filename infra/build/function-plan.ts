import type { Flow } from '#shared/automation/index.ts';
import { authoritiesOf, type FunctionAuthority } from '../authority/authority.ts';
import { SERVICE_ACTIONS, servicesOf } from '../authority/function-services.ts';
import { assertKnownVendors } from '../declarations/declared.ts';
import { automationNames, loadFlow, loadVendor, vendorNames } from '../declarations/folders.ts';
import { arnsNowhere, NOWHERE } from '../naming/placeholders.ts';
import { functionsOfApi } from './api-plan.ts';
import type { BuiltFunction } from './built-function.ts';
import type { PlannedFunction } from './planned-function.ts';

/**
 * Plans every function from the folders, so a new automation or vendor does not need a line here.
 */
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
      entries: { index: 'api/records' },
    },
  ];
}

function functionsOf(flow: Flow): PlannedFunction[] {
  const automation = flow.name;
  const folder = `./functions/automations/${automation}`;
  const authorities = new Map(
    authoritiesOf(flow, arnsNowhere(NOWHERE)).map((authority) => [authority.name, authority]),
  );

  const plan = (
    kind: BuiltFunction['kind'],
    part: string,
    index: string,
    exports: readonly string[] = [],
  ): PlannedFunction => {
    const name = `${automation}.${part}`;
    const authority = authorities.get(name);
    if (authority === undefined) throw new Error(`no authority was derived for ${name}`);

    const lines = [
      `export { default as flow } from '${folder}/automation.ts';`,
      `export const functionName = '${name}';`,
      ...exports,
    ];

    return {
      name,
      kind,
      automation,
      step: kind === 'step' ? part : undefined,
      folder: name,
      entries: { index, aws: 'engine' },
      virtual: { function: lines.join('\n'), wiring: servicesModule(authority) },
    };
  };

  return [
    ...[...flow.steps.keys()].map((step) =>
      plan('step', step, 'step', [`export const stepName = '${step}';`]),
    ),
    plan('intake', 'intake', 'intake', [
      `export { default as readUpload } from '${folder}/intake.ts';`,
    ]),
    plan('dead', 'dead', 'dead-letter'),
    plan('sweeper', 'sweeper', 'sweeper'),
    plan('timers', 'timers', 'timers'),
  ];
}

function functionOfVendor(vendor: string): PlannedFunction {
  const name = `vendor.${vendor}`;
  const declared = `export { default as vendor } from './functions/vendors/${vendor}/vendor.ts';`;

  return {
    name,
    kind: 'vendor',
    vendor,
    folder: name,
    entries: { index: 'vendor', aws: 'vendor' },
    virtual: {
      function: `${declared}\nexport const functionName = '${name}';`,
      wiring: declared,
    },
  };
}

/**
 * Returns the source of `virtual:wiring` for a function of an automation. It contains exactly the
 * services that the function's role allows, so the bundle includes no other clients.
 */
function servicesModule({ statements }: FunctionAuthority): string {
  const called = statements.flatMap(({ Action, Resource }) =>
    Action?.includes(SERVICE_ACTIONS.vendors) ? (Resource ?? []) : [],
  );
  const vendors = vendorNames().filter((vendor) =>
    called.some((arn) => arn.endsWith(`_vendor_${vendor}`)),
  );
  const services = servicesOf(statements);
  const clients = services.map((service) =>
    service === 'vendors' ? `vendors: vendors([${vendors.map((_, i) => `vendor${i}`)}])` : service,
  );

  const lines = vendors.map(
    (vendor, i) => `import vendor${i} from './functions/vendors/${vendor}/vendor.ts';`,
  );
  if (services.length > 0)
    lines.push(`import { ${services.join(', ')} } from './functions/wiring/aws.ts';`);
  lines.push(`export const services = { ${clients.join(', ')} };`);

  return lines.join('\n');
}
