import * as z from 'zod/mini';
import { type Json, omitUndefined } from '#shared/kernel/index.ts';
import type { Operation } from '../../framework/http/endpoint.ts';
import { descriptionOf } from './descriptions.ts';

/** JSON object of an OpenAPI document. */
export type OpenapiObject = { readonly [key: string]: Json | undefined };

/**
 * Named schemas, which generated clients use as type names. `at` is an operation followed by the
 * path of field names to the schema in its response or, for a list, to the schema of its items.
 * Other occurrences of the same schema refer to it.
 */
export const NAMED: Readonly<
  Record<
    string,
    { readonly at: readonly [operationId: string, ...path: string[]]; readonly says: string }
  >
> = {
  Automation: { at: ['getAutomation'], says: 'Declaration of an automation.' },
  AutomationSummary: { at: ['listAutomations', 'automations'], says: 'Automation in a list.' },
  Rollout: { at: ['getRollout'], says: 'Rollout of an automation in a workspace.' },
  Run: {
    at: ['getRun'],
    says: 'Current state of a run, with the fields that you are allowed to read.',
  },
  RunSummary: { at: ['listRuns', 'runs'], says: 'Run in a list.' },
  Started: { at: ['startRun'], says: 'Run started by an upload.' },
  TrailEntry: {
    at: ['getRunTrail', 'entries'],
    says: 'Entry of the audit trail, with the hash of its stored bytes.',
  },
  Entry: { at: ['getRunTrail', 'entries', 'entry'], says: 'Stored audit entry.' },
  Gate: { at: ['getGate'], says: 'Gate, with everything that you are allowed to read.' },
  GateSummary: {
    at: ['listGates', 'gates'],
    says: 'Gate in a list, with the reasons why it waits.',
  },
  Decision: { at: ['decideGate'], says: 'Decision of a person at a gate.' },
  Person: { at: ['getPerson'], says: 'Person in the directory.' },
  Role: { at: ['getRole'], says: 'Role that can be assigned to people.' },
  Workspace: {
    at: ['getWorkspace'],
    says: 'Workspace of one client, whose data is isolated from other workspaces.',
  },
};

/** Converts a schema to JSON Schema 2020-12, the dialect of OpenAPI 3.1. */
export function schemaOf(form: z.ZodMiniType, io: 'input' | 'output'): OpenapiObject {
  const {
    $schema: _,
    '~standard': __,
    ...schema
  } = z.toJSONSchema(form, { io }) as Record<string, Json>;
  return schema;
}

/** Schemas of an API for the document. */
export interface Schemas {
  /** Named schemas, for `components`. */
  readonly named: Readonly<Record<string, OpenapiObject>>;
  /** Adds descriptions to the fields of a schema, and replaces named schemas with references. */
  describe(schema: OpenapiObject, operationId: string): OpenapiObject;
}

export function schemasOf(operations: readonly Operation[]): Schemas {
  const named = Object.entries(NAMED).flatMap(([name, { at, says }]) => {
    const [operationId, ...path] = at;
    const answer = operations.find((one) => one.operationId === operationId)?.response.json;
    return answer === undefined
      ? []
      : [{ name, operationId, path, says, schema: schemaAt(schemaOf(answer, 'output'), path) }];
  });

  const names = new Map(named.map(({ name, schema }) => [JSON.stringify(schema), name]));

  const describe = (
    schema: OpenapiObject,
    operationId: string,
    path: readonly string[],
  ): OpenapiObject => {
    const name = names.get(JSON.stringify(schema));
    return name === undefined
      ? describeFields(schema, operationId, path)
      : { $ref: `#/components/schemas/${name}` };
  };

  const describeFields = (
    schema: OpenapiObject,
    operationId: string,
    path: readonly string[],
  ): OpenapiObject => {
    const describeInner = (inner: Json | undefined) =>
      describe(inner as OpenapiObject, operationId, path);

    const properties = Object.entries(
      (schema.properties ?? {}) as Record<string, OpenapiObject>,
    ).map(([name, property]) => {
      const propertyPath = [...path, name];
      const description = descriptionOf(operationId, propertyPath);

      return [
        name,
        omitUndefined({ description, ...describe(property, operationId, propertyPath) }),
      ] as const;
    });

    return omitUndefined({
      ...schema,
      properties: properties.length === 0 ? undefined : Object.fromEntries(properties),
      items: schema.items === undefined ? undefined : describeInner(schema.items),
      anyOf:
        schema.anyOf === undefined
          ? undefined
          : (schema.anyOf as OpenapiObject[]).map(describeInner),
    });
  };

  return {
    named: Object.fromEntries(
      named.map(({ name, operationId, path, says, schema }) => [
        name,
        { description: says, ...describeFields(schema, operationId, path) },
      ]),
    ),
    describe: (schema, operationId) => describe(schema, operationId, []),
  };
}

/** Returns the schema at a path of field names in another schema. */
function schemaAt(schema: OpenapiObject, path: readonly string[]): OpenapiObject {
  return path.reduce((outer, name) => {
    const { [name]: inner = {} } = (outer.properties ?? {}) as Record<string, OpenapiObject>;
    return (inner.items ?? inner) as OpenapiObject;
  }, schema);
}
