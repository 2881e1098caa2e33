import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { PROBLEMS } from '#functions/framework/http/problem.ts';
import { checkRoutes } from '#functions/framework/http/route.ts';
import { makeAutomations } from '#functions/http/automations/index.ts';
import { makeGates } from '#functions/http/gates/index.ts';
import { makeHealth } from '#functions/http/health/index.ts';
import { DESCRIPTION_KEYS, descriptionKey } from '#functions/http/openapi/descriptions.ts';
import { openapiOf } from '#functions/http/openapi/document.ts';
import { EXAMPLES } from '#functions/http/openapi/examples.ts';
import { NAMED } from '#functions/http/openapi/schemas.ts';
import { http as people } from '#functions/http/people/index.ts';
import { makeRuns } from '#functions/http/runs/index.ts';
import { http as trail } from '#functions/http/trail/index.ts';
import { http as workspaces } from '#functions/http/workspaces/index.ts';
import { silentLog, silentMetrics } from '#shared/kernel/index.ts';

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}
interface Content {
  readonly content?: {
    readonly 'application/json'?: { readonly schema?: Schema; readonly example?: unknown };
  };
}
interface Documented {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            operationId: string;
            requestBody?: Content;
            responses: Readonly<Record<number, Content | undefined>>;
          }
        >
      >
    >
  >;
}

/** Every field of a schema with its place: names from the outside in. */
function fieldsOf(
  schema: Schema,
  place: readonly string[] = [],
): { readonly place: readonly string[]; readonly schema: Schema }[] {
  const inner = [...(schema.items === undefined ? [] : [schema.items]), ...(schema.anyOf ?? [])];
  return [
    ...inner.flatMap((one) => fieldsOf(one, place)),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, one]) => [
      { place: [...place, name], schema: one },
      ...fieldsOf(one, [...place, name]),
    ]),
  ];
}

const groups = [
  { name: 'runs', ...makeRuns([]) },
  { name: 'gates', ...makeGates([]) },
  { name: 'trail', ...trail },
  { name: 'automations', ...makeAutomations([]) },
  { name: 'people', ...people },
  { name: 'workspaces', ...workspaces },
  { name: 'health', ...makeHealth({}) },
];

describe('the OpenAPI document', () => {
  it('is the one in docs/openapi.json', async () => {
    await expect(asFormatted(openapiOf(groups))).toMatchFileSnapshot('../../../docs/openapi.json');
  });

  it('is the same in whatever order functions and their operations come', () => {
    const turned = groups
      .map(({ name, routes }) => ({ name, routes: routes.toReversed() }))
      .reverse();
    expect(JSON.stringify(openapiOf(turned))).toBe(JSON.stringify(openapiOf(groups)));
  });

  it('is valid by its own specification', async () => {
    expect(await new Validator().validate(openapiOf(groups))).toEqual({ valid: true });
  });

  it('names no refusal of an operation that has no status of its own', () => {
    const refusals = groups.flatMap(({ routes }) =>
      routes.flatMap(({ response }) => response.refusals ?? []),
    );
    expect(refusals.filter((code) => !Object.hasOwn(PROBLEMS, code))).toEqual([]);
  });

  it('has routes that the gateway takes', () => {
    expect(checkRoutes(groups.flatMap(({ routes }) => routes))).toEqual([]);
  });
});

it('promises that the front is checked for people alone: what anybody may ask for tells nothing that is not public', () => {
  const document = openapiOf(groups) as unknown as Documented;
  const operations = Object.values(document.paths).flatMap((ofPath) => Object.values(ofPath));
  const unchecked = operations
    .filter(({ responses }) => responses[403] === undefined)
    .map(({ operationId }) => operationId);
  expect(unchecked).toEqual(['getHealth', 'getOpenapi']);
});

describe('the OpenAPI document for its readers', () => {
  const document = openapiOf(groups) as unknown as Documented;
  const operations = Object.values(document.paths).flatMap((ofPath) => Object.values(ofPath));

  const bodies = operations.flatMap(({ operationId, requestBody, responses }) =>
    [requestBody, responses[200], responses[201]].flatMap((part) => {
      const json = part?.content?.['application/json'];
      // an upload has none
      return json?.schema === undefined ? [] : [{ operationId, ...json, schema: json.schema }];
    }),
  );

  it('says of every field of requests and answers what it is, and has no words for what is not there', () => {
    const named = Object.entries(NAMED).map(([name, { at }]) => {
      const [operationId, ...place] = at;
      return { operationId, place, schema: document.components.schemas[name] ?? {} };
    });

    const all = [...bodies.map((body) => ({ ...body, place: [] })), ...named];
    const fields = all.flatMap(({ operationId, schema, place }) =>
      fieldsOf(schema, place).map((field) => ({ operationId, ...field })),
    );

    expect(fields.length).toBeGreaterThan(200);

    const silent = fields.filter(({ schema }) => (schema.description ?? '') === '');

    expect(silent.map(({ operationId, place }) => [operationId, ...place].join('.'))).toEqual([]);

    const used = new Set(
      fields.map(({ operationId, place }) => descriptionKey(operationId, place)),
    );

    expect(DESCRIPTION_KEYS.filter((key) => !used.has(key))).toEqual([]);
  });

  it('tells what has a name where the name is, and refers to it everywhere else', () => {
    const text = JSON.stringify(document);
    const schemas = Object.entries(document.components.schemas);
    expect(schemas.map(([name]) => name)).toEqual(expect.arrayContaining(Object.keys(NAMED)));

    for (const [name, { description, ...schema }] of schemas) {
      expect([
        name,
        text.includes(`{"$ref":"#/components/schemas/${name}"}`) || name === 'Entry',
      ]).toEqual([name, true]);
      expect([name, text.split(JSON.stringify(schema.properties)).length - 1]).toEqual([name, 1]);
    }

    expect(document.components.schemas.TrailEntry?.properties?.entry).toMatchObject({
      $ref: '#/components/schemas/Entry',
    });
  });

  it('has an example of every operation but of itself, each of its form', () => {
    const ajv = new Ajv2020({ strict: false });

    formats.default(ajv);

    const examples = bodies.filter(({ example }) => example !== undefined);
    const { components } = document;

    for (const { operationId, schema, example } of examples)
      expect([
        operationId,
        ajv.validate({ ...schema, components }, example),
        ajv.errorsText(),
      ]).toEqual([operationId, true, 'No errors']);

    const without = operations.filter(
      ({ operationId }) => !examples.some((one) => one.operationId === operationId),
    );

    expect(without.map(({ operationId }) => operationId)).toEqual(['getOpenapi']);
    expect(Object.keys(EXAMPLES).toSorted()).toEqual(
      [...new Set(examples.map(({ operationId }) => operationId))].toSorted(),
    );
  });
});

describe('the function that answers anybody', () => {
  const document = openapiOf(groups);

  const event = (path: string, rawQueryString = '') =>
    ({
      routeKey: `GET ${path}`,
      rawPath: path,
      rawQueryString,
      headers: {},
      requestContext: { requestId: 'one' },
    }) as never;

  it('gives the document as it is, and says that it answers, with nothing to read or write at hand', async () => {
    const handler = makeHealth(document).connect({ log: silentLog, metrics: silentMetrics });
    const [health, openapi] = [
      await handler(event('/health')),
      await handler(event('/openapi.json')),
    ];

    expect([health.statusCode, JSON.parse(health.body ?? '')]).toEqual([200, { status: 'ok' }]);
    expect([openapi.statusCode, JSON.parse(openapi.body ?? '')]).toEqual([200, document]);
    expect((await handler(event('/health', 'a=b'))).statusCode).toBe(400);
    expect((await handler(event('/runs'))).statusCode).toBe(404);
  });
});

/**
 * JSON as the formatter of the repository writes it: lists of plain values on one line where they
 * fit.
 */
function asFormatted(value: object): string {
  const plain = String.raw`(?:"(?:[^"\\]|\\.)*"|[\w.+-]+)`;
  const list = new RegExp(String.raw`^(.*)\[\n\s+(${plain}(?:,\n\s+${plain})*)\n\s*\](,?)$`, 'gm');

  const text = JSON.stringify(value, undefined, 2).replace(
    list,
    (whole, before: string, items: string, comma: string) => {
      const line = `${before}[${items.replace(/,\n\s+/g, ', ')}]${comma}`;
      return line.length <= 100 ? line : whole;
    },
  );

  return `${text}\n`;
}
