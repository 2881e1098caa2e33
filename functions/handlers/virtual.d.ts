/**
 * Modules that the build makes for each bundle. Handlers in this folder are one file per kind of
 * function; these modules say which function a bundle is for. `infra/build/function-plan.ts` and
 * `infra/build/api-plan.ts` write them, and the build fails when a handler imports a value that its
 * kind of function does not have.
 */

/** The function that a bundle is for. */
declare module 'virtual:function' {
  import type { AutomationDescription, Flow } from '#shared/automation/index.ts';
  import type { Vendor } from '#shared/vendors/index.ts';
  import type { ReadUpload } from '../framework/lambda/read-upload.ts';

  /** Name of the function: `<automation>.<step>`, `<automation>.intake`, `vendor.<name>`. */
  export const functionName: string;

  /** Functions of an automation: the default export of its `automation.ts`. */
  export const flow: Flow;
  /** Step functions: the name of the step. */
  export const stepName: string;
  /** Intakes: the default export of the automation's `intake.ts`. */
  export const readUpload: ReadUpload;

  /** Vendor functions: the default export of the vendor's `vendor.ts`. */
  export const vendor: Vendor;

  /** Functions of the API: every automation as data, without code of its author. */
  export const automations: readonly AutomationDescription[];
  /** The function `health`: the OpenAPI document of the API. */
  export const openapi: object;
}

/** What the AWS adapters of a function are opened with. */
declare module 'virtual:wiring' {
  import type { Vendor } from '#shared/vendors/index.ts';
  import type { EngineServices } from '../wiring/aws.ts';

  /** Functions of an automation: clients of the services that the function's role allows. */
  export const services: EngineServices;
  /** Vendor functions: the default export of the vendor's `vendor.ts`. */
  export const vendor: Vendor;
  /** The function `runs`: names of every automation. */
  export const automationNames: readonly string[];
}
