/** Ways to change the schema of a ledger's file, and what is told of each. */
export const SCHEMA_CHANGES: readonly [what: string, sql: string, told: string][] = [
  ...[
    'trail_no_replace',
    'trail_no_update',
    'trail_no_delete',
    'writer_no_update',
    'writer_no_delete',
  ].map((name): [string, string, string] => [
    `${name} dropped`,
    `DROP TRIGGER ${name}`,
    `trigger ${name} is missing`,
  ]),
  [
    'a trigger of the same name that does nothing',
    'DROP TRIGGER trail_no_delete; CREATE TRIGGER trail_no_delete BEFORE DELETE ON trail BEGIN SELECT 1; END',
    'trigger trail_no_delete was changed',
  ],
  [
    'a trigger that decides by itself',
    `CREATE TRIGGER approve AFTER INSERT ON document WHEN NEW.target LIKE 'gate#%' BEGIN DELETE FROM message; END`,
    'trigger approve was added',
  ],
  ['an index dropped', 'DROP INDEX document_due', 'index document_due is missing'],
  [
    'an index over other rows',
    'DROP INDEX trail_run; CREATE INDEX trail_run ON trail (run, time, writer, n)',
    'index trail_run was changed',
  ],
  [
    'an index added',
    'CREATE UNIQUE INDEX once ON document (automation, due_at)',
    'index once was added',
  ],
  ['a column added', 'ALTER TABLE message ADD COLUMN more TEXT', 'table message was changed'],
  [
    'a generated column',
    'ALTER TABLE document ADD COLUMN kind TEXT AS (substr(target, 1, 4)) VIRTUAL',
    'table document was changed',
  ],
  ['a table added', 'CREATE TABLE other (a)', 'table other was added'],
  ['a view added', 'CREATE VIEW other AS SELECT * FROM document', 'view other was added'],
];
