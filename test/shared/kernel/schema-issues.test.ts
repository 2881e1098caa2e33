import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { describeIssues } from '#shared/kernel/index.ts';

const said = (schema: z.ZodMiniType, value: unknown, name = 'field amount') => {
  const { error } = schema.safeParse(value);
  return error === undefined ? [] : describeIssues(error, { schema, value, name });
};

const text = z.string();
const line = z.strictObject({ amount: z.int(), note: z.optional(text) });

/** Schemas of each kind of fault. */
const SCHEMAS = [
  text.check(z.minLength(2), z.maxLength(4)),
  text.check(z.regex(/^[A-Z]{3}$/)),
  z.int().check(z.positive(), z.maximum(100)),
  z.boolean(),
  z.nullable(z.iso.datetime()),
  z.enum(['paid', 'open']),
  z.literal(7),
  z.union([text, z.int()]),
  z.array(line).check(z.maxLength(2)),
  z.record(text.check(z.maxLength(3)), z.int()),
  z.tuple([z.int(), text]),
  z.optional(line),
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('a') }),
    z.strictObject({ kind: z.literal('b'), n: z.int() }),
  ]),
  text.check(z.refine((value) => value === 'right')),
  z.json(),
] as const;

describe('a fault of a value', () => {
  it.each<[z.ZodMiniType, unknown, string]>([
    [text, undefined, 'is missing'],
    [text, 4_111, 'must be a string, got an integer'],
    [text, null, 'must be a string, got null'],
    [z.int(), '25000', 'must be an integer, got a string'],
    [z.int(), 250.5, 'must be an integer, got a fraction'],
    [z.int(), Number.NaN, 'must be an integer, got no finite number'],
    [z.int(), 2 ** 60, 'must be at most 9007199254740991'],
    [z.int().check(z.positive()), -5, 'must be greater than 0'],
    [z.int().check(z.multipleOf(5)), 3, 'must be a multiple of 5'],
    [z.boolean(), 'true', 'must be a boolean, got a string'],
    [z.optional(text), 1, 'must be a string, got an integer'],
    [z.union([text, z.int()]), true, 'must be a string or a number, got a boolean'],
    [z.union([text, z.int()]), undefined, 'is missing'],
    [z.union([line, z.literal('x')]), 1, 'has none of the forms that are allowed'],
    [text.check(z.minLength(1)), '', 'must not be empty'],
    [text.check(z.maxLength(34)), 'x'.repeat(35), 'must have at most 34 characters'],
    [text.check(z.length(2)), 'x', 'must have exactly 2 characters'],
    [text.check(z.regex(/^[A-Z]{3}$/)), 'eur', 'must match /^[A-Z]{3}$/'],
    [z.iso.datetime(), 'tomorrow', 'must be a date and time in UTC, such as 2026-01-31T12:00:00Z'],
    [text.check(z.startsWith('PO-')), 'x', 'must begin with "PO-"'],
    [z.enum(['paid', 'open']), 'late', 'must be one of "paid", "open"'],
    [z.enum(['paid', 'open']), 1, 'must be one of "paid", "open", got an integer'],
    [z.literal(7), 8, 'must be 7'],
    [z.array(z.int()).check(z.minLength(2)), [1], 'must have at least 2 items'],
    [line, [], 'must be an object, got an array'],
    [line, { amount: 1, iban: 'x', bic: 'y' }, 'has 2 members too many; allowed are amount, note'],
    [text.check(z.refine(() => false)), 'x', 'is refused by a check of its own'],
  ])('of %# is said in words', (schema, value, words) => {
    expect(said(schema, value)).toEqual([`field amount ${words}`]);
  });

  it('is said with its place, by names of the schema alone', () => {
    const value = { lines: [{ amount: 1 }, {}], rates: { 'DE89 3704': 'x', 'too long a name': 1 } };
    const schema = z.strictObject({
      lines: z.array(line),
      rates: z.record(text.check(z.maxLength(10)), z.int()),
      day: text,
    });

    expect(said(schema, value, '')).toEqual([
      'lines[1].amount is missing',
      'rates[…] must be an integer, got a string',
      'rates[…] has a name that is not allowed',
      'day is missing',
    ]);

    expect(said(schema, 'x', '')).toEqual(['it must be an object, got a string']);
  });

  it('tells what is missing from what is wrong, and nothing of the value', () => {
    const secrets = fc.oneof(
      fc.constantFrom('ΩΨ', 'ΨΩΨΩΨΩ'),
      fc.constantFrom(4_242_424_242, -0.424_242),
    );

    const values = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        secrets,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('ΩΨ', 'ΩΨΩΨ', 'amount', 'kind', 'n'), tie('value'), {
          maxKeys: 3,
        }),
      ),
    })).value;

    fc.assert(
      fc.property(fc.constantFrom(...SCHEMAS), values, (schema, value) => {
        const words = said(schema, value).join('\n');
        expect(words).not.toMatch(/[ΩΨ]|42424|undefined|invalid_/);
        expect(said(schema, undefined).join()).toMatch(/^$|^field amount is missing$/);
      }),
      { numRuns: 500 },
    );
  });
});
