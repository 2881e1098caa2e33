import { describe, expect, it } from 'vitest';
import {
  DATA_CLASSES,
  DefectError,
  InvalidInputError,
  isSealedClass,
  isWritError,
  SEALED_CLASSES,
} from '#shared/kernel/index.ts';

describe('our errors', () => {
  it('are known by their code, also when they come from another copy of the class', () => {
    const foreign = Object.assign(new Error('x'), {
      [Symbol.for('writ.error')]: true,
      code: 'ledger.conflict',
    });
    expect(isWritError(foreign)).toBe(true);
    expect(isWritError(foreign, 'ledger.unknown', 'ledger.conflict')).toBe(true);
    expect(isWritError(foreign, 'ledger.unknown')).toBe(false);
  });

  it.each([undefined, null, 'ledger.conflict', 1, new Error('x'), { code: 'ledger.conflict' }])(
    'are not %s',
    (other) => {
      expect(isWritError(other)).toBe(false);
    },
  );

  it('carry a code, a fate, facts and the cause', () => {
    const cause = new Error('below');

    expect(
      new InvalidInputError('name.invalid', 'no name', { what: 'step' }, { cause }),
    ).toMatchObject({
      name: 'InvalidInputError',
      code: 'name.invalid',
      fate: 'refuse',
      facts: { what: 'step' },
      cause,
    });

    expect(new DefectError('cannot be')).toMatchObject({
      name: 'DefectError',
      code: 'kernel.defect',
      facts: {},
    });
  });
});

describe('help', () => {
  it('is beside the message, and absent where none was given', () => {
    const help = 'Choose another name.';
    const named = new InvalidInputError('name.invalid', 'no name', {}, { help });

    expect(named).toMatchObject({ message: 'no name', help });
    expect(new DefectError('cannot be').help).toBeUndefined();
  });
});

describe('data classes', () => {
  it('are sealed, all but public and internal', () => {
    expect(DATA_CLASSES.filter((each) => !isSealedClass(each))).toEqual(['public', 'internal']);
    expect(DATA_CLASSES.filter(isSealedClass)).toEqual([...SEALED_CLASSES]);
  });
});
