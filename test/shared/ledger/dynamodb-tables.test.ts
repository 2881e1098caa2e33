import { describe, expect, it } from 'vitest';
import invoice from '#functions/automations/invoice-approval/automation.ts';
import bank from '#functions/vendors/bank/vendor.ts';
import { INLINE, type Resource, synthesize } from '../../infra/template.ts';
import { definitionsOf, tablesOf } from '../../support/aws/tables.ts';

interface Index {
  readonly IndexName: string;
  readonly KeySchema: readonly unknown[];
  readonly Projection: {
    readonly ProjectionType: string;
    readonly NonKeyAttributes?: readonly string[];
  };
}

/** What a reader or writer of a table relies on. Attributes and indexes are sets. */
function relied({
  TableName,
  BillingMode,
  KeySchema,
  AttributeDefinitions,
  GlobalSecondaryIndexes,
  StreamSpecification,
}: Resource['Properties']) {
  const types = AttributeDefinitions as {
    readonly AttributeName: string;
    readonly AttributeType: string;
  }[];

  const indexes = (GlobalSecondaryIndexes ?? []) as Index[];

  return {
    TableName,
    BillingMode,
    KeySchema,
    types: Object.fromEntries(
      types.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
    ),
    indexes: Object.fromEntries(
      indexes.map(({ IndexName, KeySchema, Projection }) => [IndexName, { KeySchema, Projection }]),
    ),
    stream: StreamSpecification?.StreamViewType,
  };
}

describe('the tables the ledger is tried with', () => {
  const { templates } = synthesize({ automations: [invoice], vendors: [bank], bundles: INLINE });
  const tables = [...templates.values()]
    .flatMap((template) => [...template.values()])
    .filter(({ Type }) => Type === 'AWS::DynamoDB::GlobalTable');
  const made = new Map(tables.map(({ Properties }) => [Properties.TableName, relied(Properties)]));
  const definitions = definitionsOf(tablesOf('writ-dev-euc1'));

  it.each(definitions.map((definition) => [definition.TableName, definition] as const))(
    'are those of the templates: %s',
    (name, definition) => {
      expect(relied({ ...definition })).toEqual(made.get(name));
    },
  );

  it('are all there are', () => {
    expect([...made.keys()].sort()).toEqual(definitions.map(({ TableName }) => TableName).sort());
  });
});
