import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeError, redacted, redactFields } from '#shared/audit/index.ts';
import { DATA_CLASSES, type DataClass, InvalidInputError } from '#shared/kernel/index.ts';

const SECRET = 'DE89370400440532013000';

class BankError extends Error {}

describe('what is told of an error', () => {
  it('is code and message of our own', () => {
    expect(describeError(new InvalidInputError('name.invalid', 'no name'), 'step.failed')).toEqual({
      code: 'name.invalid',
      message: 'no name',
    });
  });

  it('is class and place in the code of any other', () => {
    expect(describeError(new BankError(SECRET), 'step.failed')).toEqual({
      code: 'step.failed',
      message: expect.stringMatching(/^BankError was thrown at redaction\.test\.ts:\d+$/),
    });
    expect(describeError(new TypeError(SECRET), 'step.failed').message).toMatch(
      /^TypeError was thrown at redaction\.test\.ts:\d+$/,
    );
  });

  it.each<[string, unknown]>([
    ['a text', SECRET],
    ['an object', { message: SECRET }],
    ['nothing', undefined],
    ['null', null],
    ['a number', 4_111],
  ])('is only the type of %s that was thrown', (_, thrown) => {
    expect(describeError(thrown, 'step.failed')).toEqual({
      code: 'step.failed',
      message: `something that is no Error was thrown (${typeof thrown})`,
    });
  });

  it('never holds the message, however it is laid out', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        (before, after) => {
          const { message } = describeError(new Error(`${before}${SECRET}${after}`), 'step.failed');
          expect(message).not.toContain(SECRET);
        },
      ),
    );
  });

  it.each([
    `failed\n    at ${SECRET}.ts:12`,
    `failed\n    at charge (${SECRET}.js:12:5)`,
    `failed\n    at Object.<anonymous> (/home/${SECRET}/${SECRET}.mjs:1:1)\n    at next.ts:1`,
    `\n    at ${SECRET}.ts:4`,
  ])('never holds a message that looks like a stack: %j', (message) => {
    expect(describeError(new Error(message), 'step.failed').message).not.toContain(SECRET);
  });

  it('never holds a name, a cause or a stack that the thrower made up', () => {
    const named = Object.assign(new Error('x'), { name: SECRET });
    const caused = new Error('x', { cause: new Error(SECRET) });
    const without = Object.assign(new Error(SECRET), { stack: undefined });
    const classless = new (class extends Error {})(SECRET);
    const renamed = Object.defineProperty(class extends Error {}, 'name', { value: `${SECRET} ` });

    for (const error of [named, caused, without, classless, new renamed(SECRET)]) {
      expect(describeError(error, 'step.failed').message).not.toContain(SECRET);
    }

    expect(describeError(without, 'step.failed').message).toBe('Error was thrown');
  });
});

describe('fields for a sink that is not sealed', () => {
  const classes: Record<string, DataClass> = Object.fromEntries(
    DATA_CLASSES.map((each) => [each, each]),
  );

  it('show public and internal values, and of others the class', () => {
    expect(
      redactFields(
        {
          public: 1,
          internal: 'x',
          personal: SECRET,
          financial: { iban: SECRET },
          health: [SECRET],
          confidential: null,
        },
        (field) => classes[field],
      ),
    ).toEqual({
      public: 1,
      internal: 'x',
      personal: '[personal]',
      financial: '[financial]',
      health: '[health]',
      confidential: '[confidential]',
    });
  });

  it('show nothing of a field that nobody declared', () => {
    expect(redactFields({ stray: SECRET }, () => undefined)).toEqual({
      stray: redacted('confidential'),
    });
  });

  it('leave out what is not set', () => {
    expect(redactFields({ public: undefined }, () => 'public')).toEqual({});
  });
});
