import * as z from 'zod/mini';
import { type Json, omitUndefined } from '#shared/kernel/index.ts';
import type { Operation } from '../../framework/http/endpoint.ts';
import { wordsOf } from './descriptions.ts';

/** A part of an OpenAPI document. */
export type Part = { readonly [key: string]: Json | undefined };

/**
 * Schemas that have a name, which generators of clients call types by. `at`: an operation, then the
 * names of fields from the outside in to where the schema stands in its answer; of a list, its
 * items. Wherever else the same schema stands, it is referred to.
 */
export const NAMED: Readonly<
  Record<
    string,
    { readonly at: readonly [operationId: string, ...place: string[]]; readonly says: string }
  >
> = {
  Automation: { at: ['getAutomation'], says: 'What an automation declares.' },
  AutomationSummary: { at: ['listAutomations', 'automations'], says: 'An automation in a list.' },
  Rollout: { at: ['getRollout'], says: 'How far an automation is trusted in a workspace.' },
  Run: { at: ['getRun'], says: 'A run as it stands, with the fields of it that you may read.' },
  RunSummary: { at: ['listRuns', 'runs'], says: 'A run in a list.' },
  Started: { at: ['startRun'], says: 'The run of an upload.' },
  TrailEntry: {
    at: ['getRunTrail', 'entries'],
    says: 'An entry of the audit trail, with the hash of its stored bytes.',
  },
  Entry: { at: ['getRunTrail', 'entries', 'entry'], says: 'One record of the audit trail.' },
  Gate: { at: ['getGate'], says: 'A gate, with all of it that you may know.' },
  GateSummary: { at: ['listGates', 'gates'], says: 'A gate in a list, with why it waits.' },
  Decision: { at: ['decideGate'], says: 'What somebody said at a gate.' },
  Person: { at: ['getPerson'], says: 'A person of the directory.' },
  Role: { at: ['getRole'], says: 'A role that people hold.' },
  Workspace: {
    at: ['getWorkspace'],
    says: 'A workspace: a client, whose data is apart from that of others.',
  },
};

/** JSON Schema 2020-12, which is what OpenAPI 3.1 has. */
export function schemaOf(form: z.ZodMiniType, io: 'input' | 'output'): Part {
  const {
    $schema: _,
    '~standard': __,
    ...schema
  } = z.toJSONSchema(form, { io }) as Record<string, Json>;
  return schema;
}

/** Schemas of an API as the document tells them. */
export interface Schemas {
  /** Those that have a name. */
  readonly named: Readonly<Record<string, Part>>;
  /** A schema of an operation, each field of it with its meaning, and by name where it has one. */
  told(schema: Part, operationId: string): Part;
}

export function schemasOf(operations: readonly Operation[]): Schemas {
  const named = Object.entries(NAMED).flatMap(([name, { at, says }]) => {
    const [operationId, ...place] = at;
    const answer = operations.find((one) => one.operationId === operationId)?.response.json;
    return answer === undefined
      ? []
      : [{ name, operationId, place, says, schema: inside(schemaOf(answer, 'output'), place) }];
  });

  const names = new Map(named.map(({ name, schema }) => [JSON.stringify(schema), name]));

  const told = (schema: Part, operationId: string, place: readonly string[]): Part => {
    const name = names.get(JSON.stringify(schema));
    return name === undefined
      ? written(schema, operationId, place)
      : { $ref: `#/components/schemas/${name}` };
  };

  const written = (schema: Part, operationId: string, place: readonly string[]): Part => {
    const within = (one: Json | undefined) => told(one as Part, operationId, place);

    const properties = Object.entries((schema.properties ?? {}) as Record<string, Part>).map(
      ([name, property]) => {
        const own = [...place, name];
        const words = wordsOf(operationId, own);

        return [
          name,
          omitUndefined({ description: words, ...told(property, operationId, own) }),
        ] as const;
      },
    );

    return omitUndefined({
      ...schema,
      properties: properties.length === 0 ? undefined : Object.fromEntries(properties),
      items: schema.items === undefined ? undefined : within(schema.items),
      anyOf: schema.anyOf === undefined ? undefined : (schema.anyOf as Part[]).map(within),
    });
  };

  return {
    named: Object.fromEntries(
      named.map(({ name, operationId, place, says, schema }) => [
        name,
        { description: says, ...written(schema, operationId, place) },
      ]),
    ),
    told: (schema, operationId) => told(schema, operationId, []),
  };
}

/** The schema at a place in another. */
function inside(schema: Part, place: readonly string[]): Part {
  return place.reduce((outer, name) => {
    const { [name]: inner = {} } = (outer.properties ?? {}) as Record<string, Part>;
    return (inner.items ?? inner) as Part;
  }, schema);
}
