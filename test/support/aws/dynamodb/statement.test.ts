import { describe, expect, it } from 'vitest';
import { Refusal } from './refusal.ts';
import { parseStatement, type Statement, statementTexts } from './statement.ts';

const TABLE = 'writ-test-state';
const TEXTS = statementTexts(TABLE);

const parametersOf = (text: string) =>
  Array.from(text.matchAll(/\?/g), (_, index) => ({ S: `v${index}` }));

function read(
  text: string,
  parameters: readonly unknown[] = parametersOf(text),
): Statement | undefined {
  try {
    return parseStatement(text, parameters);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    expect(error.type).toBe('ValidationException');
    expect(error.message).toContain(text);
    return undefined;
  }
}

/**
 * Every text that differs from `text` in one character: left out, doubled, of the other case,
 * another, or added.
 */
function* variations(text: string): Iterable<string> {
  for (let i = 0; i <= text.length; i++) {
    const [before, character, after] = [text.slice(0, i), text.charAt(i), text.slice(i + 1)];
    for (const added of [' ', '?', '"', 'x', ',', ';'])
      yield `${before}${added}${character}${after}`;

    if (character === '') continue;

    for (const other of [
      '',
      character + character,
      character.toLowerCase(),
      character.toUpperCase(),
      ' ',
      '?',
      '"',
      "'",
      'x',
      '1',
      '*',
    ]) {
      if (other !== character) yield `${before}${other}${after}`;
    }
  }
}

describe('a statement of the ledger', () => {
  it('is one of 24 texts', () => {
    expect(TEXTS).toHaveLength(24);
    expect(TEXTS.map((text) => text.replaceAll(TABLE, 'T'))).toEqual(
      expect.arrayContaining([
        `INSERT INTO "T" VALUE {'pk': ?, 'sk': ?, 'name': ?, 'rev': ?, 'commitment': ?, 'body': ?}`,
        `INSERT INTO "T" VALUE {'pk': ?, 'sk': ?, 'name': ?, 'rev': ?, 'commitment': ?, 'body': ?, 'listName': ?, 'listSort': ?, 'due': ?, 'dueAt': ?, 'sweep': ?, 'sweepAt': ?}`,
        `INSERT INTO "T" VALUE {'pk': ?, 'sk': ?, 'body': ?}`,
        `INSERT INTO "T" VALUE {'pk': ?, 'sk': ?, 'body': ?, 'run': ?, 'time': ?}`,
        `UPDATE "T" SET "rev"=? SET "commitment"=? SET "body"=? WHERE "pk"=? AND "sk"=? AND "name"=? AND "rev"=? AND "commitment"=?`,
        `UPDATE "T" SET "rev"=? SET "commitment"=? SET "body"=? SET "sweepAt"=? WHERE "pk"=? AND "sk"=? AND "name"=? AND "rev"=? AND "commitment"=?`,
        `UPDATE "T" SET "rev"=? SET "commitment"=? SET "body"=? REMOVE "sweepAt" WHERE "pk"=? AND "sk"=? AND "name"=? AND "rev"=? AND "commitment"=?`,
        `UPDATE "T" REMOVE "sweepAt" WHERE "pk"=? AND "sk"=?`,
        `DELETE FROM "T" WHERE "pk"=? AND "sk"=? AND "name"=? AND "rev"=? AND "commitment"=?`,
        `EXISTS(SELECT * FROM "T" WHERE "pk"=? AND "sk"=? AND "rev"=? AND "commitment"=?)`,
      ]),
    );
  });

  it('says what it does to which item of which table, and names its attributes in order', () => {
    const [set, where] = [
      'SET "rev"=? SET "commitment"=? SET "body"=?',
      'WHERE "pk"=? AND "sk"=? AND "name"=? AND "rev"=? AND "commitment"=?',
    ];

    expect(read(`UPDATE "${TABLE}" ${set} REMOVE "sweepAt" ${where}`)).toEqual({
      kind: 'Update',
      table: TABLE,
      key: { pk: { S: 'v3' }, sk: { S: 'v4' } },
      set: { rev: { S: 'v0' }, commitment: { S: 'v1' }, body: { S: 'v2' } },
      remove: ['sweepAt'],
      conditions: { name: { S: 'v5' }, rev: { S: 'v6' }, commitment: { S: 'v7' } },
      attributes: ['rev', 'commitment', 'body', 'sweepAt', 'pk', 'sk', 'name'],
    });

    const key = { pk: { S: 'v0' }, sk: { S: 'v1' } };

    expect(
      read(`INSERT INTO "${TABLE}" VALUE {'pk': ?, 'sk': ?, 'body': ?, 'run': ?, 'time': ?}`),
    ).toEqual({
      kind: 'Insert',
      table: TABLE,
      key,
      item: { ...key, body: { S: 'v2' }, run: { S: 'v3' }, time: { S: 'v4' } },
      attributes: ['pk', 'sk', 'body', 'run', 'time'],
    });

    expect(read(`DELETE FROM "${TABLE}" ${where}`)).toEqual({
      kind: 'Delete',
      table: TABLE,
      key,
      conditions: { name: { S: 'v2' }, rev: { S: 'v3' }, commitment: { S: 'v4' } },
      attributes: ['pk', 'sk', 'name', 'rev', 'commitment'],
    });

    expect(
      read(
        `EXISTS(SELECT * FROM "${TABLE}" WHERE "pk"=? AND "sk"=? AND "rev"=? AND "commitment"=?)`,
      ),
    ).toEqual({
      kind: 'Exists',
      table: TABLE,
      key,
      conditions: { rev: { S: 'v2' }, commitment: { S: 'v3' } },
      attributes: ['pk', 'sk', 'rev', 'commitment'],
    });
  });

  it('is none any more, or of another table, when one character changes', () => {
    const understood = TEXTS.flatMap((text) =>
      [...variations(text)].filter((other) => read(other)?.table === TABLE),
    );
    expect(understood).toEqual([]);
  });

  it.each([
    `INSERT INTO "${TABLE}" VALUE {'pk': ?, 'sk': ?, 'name': ?, 'rev': ?, 'commitment': ?, 'body': ?, 'due': ?, 'dueAt': ?, 'listName': ?, 'listSort': ?}`,
    `INSERT INTO "${TABLE}" VALUE {'pk': ?, 'sk': ?, 'name': ?, 'rev': ?, 'commitment': ?, 'body': ?, 'due': ?}`,
    `UPDATE "${TABLE}" SET "rev"=? SET "commitment"=? SET "body"=? WHERE "pk"=? AND "sk"=?`,
    `UPDATE "${TABLE}" SET "rev"=? WHERE "pk"=? AND "sk"=? AND "name"=? AND "rev"=? AND "commitment"=?`,
    `DELETE FROM "${TABLE}" WHERE "pk"=? AND "sk"=?`,
    `EXISTS(SELECT * FROM "${TABLE}" WHERE "pk"=? AND "sk"=?)`,
    `SELECT * FROM "${TABLE}" WHERE "pk"=? AND "sk"=?`,
    `DELETE FROM "$" WHERE "pk"=? AND "sk"=? AND "name"=? AND "rev"=? AND "commitment"=?`,
    '',
  ])('is none with its parts in another order or missing: %s', (text) =>
    expect(read(text)).toBeUndefined(),
  );

  it('has a parameter for each place, a text, bytes or a whole number', () => {
    for (const text of TEXTS) {
      const parameters = parametersOf(text);
      expect(read(text, parameters)).toBeDefined();
      expect(read(text, parameters.slice(1))).toBeUndefined();
      expect(read(text, [...parameters, { S: 'more' }])).toBeUndefined();

      for (const wrong of [
        { BOOL: true },
        { NULL: true },
        { N: '1.0' },
        { N: '01' },
        { N: '1e3' },
        { N: '-0' },
        { B: '?' },
        { S: 'a', N: '1' },
        {},
        null,
        'v',
      ]) {
        expect(read(text, [wrong, ...parameters.slice(1)])).toBeUndefined();
      }

      for (const right of [{ N: '0' }, { N: '-12' }, { B: 'AQID' }, { S: '' }])
        expect(read(text, [right, ...parameters.slice(1)])).toBeDefined();
    }
  });
});
