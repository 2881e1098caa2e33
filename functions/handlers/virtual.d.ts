/**
 * Modules that the build generates for each bundle. This folder has one handler file per kind of
 * function; the modules say which function a bundle is for. `infra/build/function-plan.ts` and
 * `infra/build/api-plan.ts` write them. The build fails if a handler imports a value that its kind
 * of function does not have.
 */

/** Function that a bundle is for. */
declare module 'virtual:function' {
  import type { AutomationDescription, Flow } from '#shared/automation/index.ts';
  import type { Vendor } from '#shared/vendors/index.ts';
  import type { ReadUpload } from '../framework/lambda/read-upload.ts';

  /** Name of the function: `<automation>.<step>`, `<automation>.intake`, `vendor.<name>`. */
  export const functionName: string;

  /** For functions of an automation: the default export of its `automation.ts`. */
  export const flow: Flow;
  /** For step functions: the name of the step. */
  export const stepName: string;
  /** For intakes: the default export of the automation's `intake.ts`. */
  export const readUpload: ReadUpload;

  /** For vendor functions: the default export of the vendor's `vendor.ts`. */
  export const vendor: Vendor;

  /** For functions of the API: every automation as data, without its author's code. */
  export const automations: readonly AutomationDescription[];
  /** For the function `health`: the OpenAPI document of the API. */
  export const openapi: object;
}

/** Arguments with which the AWS adapters of a function are opened. */
declare module 'virtual:wiring' {
  import type { Vendor } from '#shared/vendors/index.ts';
  import type { EngineServices } from '../wiring/aws.ts';

  /** For functions of an automation: clients of the services that the function's role allows. */
  export const services: EngineServices;
  /** For vendor functions: the default export of the vendor's `vendor.ts`. */
  export const vendor: Vendor;
  /** For the function `runs`: the names of all automations. */
  export const automationNames: readonly string[];
}
