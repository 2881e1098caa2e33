import { describe, expect, it } from 'vitest';
import { evaluate } from './index.ts';
import { allow, decide, holds, REQUEST, variable, without } from './samples.ts';

describe('a variable', () => {
  const context = { 'x:team': 'red', 'aws:PrincipalTag/team': 'red', 'x:pattern': 'r*' };

  it.each([
    ['stands for the value of a key', 'StringEquals', variable('aws:PrincipalTag/team'), true],
    ['finds its key in any case', 'StringEquals', variable('AWS:principaltag/TEAM'), true],
    ['may be a part of a pattern', 'StringLike', `*${variable('aws:PrincipalTag/team')}`, true],
    ['falls back to its default', 'StringEquals', variable("aws:PrincipalTag/none, 'red'"), true],
    [
      'may fall back to nothing',
      'StringEquals',
      `r${variable("aws:PrincipalTag/none, ''")}ed`,
      true,
    ],
    [
      'falls back only where it must',
      'StringEquals',
      variable("aws:PrincipalTag/team, 'blue'"),
      true,
    ],
    [
      'equals nothing when it has no value',
      'StringLike',
      `*${variable('aws:PrincipalTag/none')}`,
      false,
    ],
    [
      'differs from everything when it has no value',
      'StringNotLike',
      `*${variable('aws:PrincipalTag/none')}`,
      true,
    ],
    ['brings in no wildcard', 'StringLike', variable('x:pattern'), false],
    ['can be a star itself', 'StringLike', `r${variable('*')}`, false],
    ['can be a question mark itself', 'StringLike', `re${variable('?')}`, false],
  ])('%s', (_, operator, value, expected) =>
    expect(holds({ [operator]: { 'x:team': value } }, context)).toBe(expected),
  );

  it('stands for an ARN with all its fields', () => {
    const same = { ArnEquals: { 'aws:SourceArn': variable('aws:PrincipalArn') } };

    expect(
      holds(same, { 'aws:SourceArn': REQUEST.principal, 'aws:PrincipalArn': REQUEST.principal }),
    ).toBe(true);

    expect(
      holds(same, {
        'aws:SourceArn': `${REQUEST.principal}2`,
        'aws:PrincipalArn': REQUEST.principal,
      }),
    ).toBe(false);
  });

  it.each(['*', '?', '$'])('can be the character %s', (character) => {
    expect(holds({ StringEquals: { 'x:k': variable(character) } }, { 'x:k': character })).toBe(
      true,
    );
  });

  it('is never what it is called', () => {
    expect(
      holds({ StringEquals: { 'x:k': variable('x:none') } }, { 'x:k': variable('x:none') }),
    ).toBe(false);
  });

  it('leaves a dollar alone that begins none', () => {
    expect(holds({ StringEquals: { 'x:k': '$5 {a}' } }, { 'x:k': '$5 {a}' })).toBe(true);
  });

  it('may name a resource, which is none when it has no value', () => {
    const resource = 'arn:aws:sqs:eu-central-1:111122223333:red';
    const Resource = `arn:aws:sqs:*:*:${variable('x:team')}`;
    expect(decide(allow({ Resource }), { resource, context })).toBe('allowed');
    expect(decide(allow({ Resource }), { resource })).toBe('denied');
    expect(
      decide(without(allow({ NotResource: Resource }), 'Resource'), { resource, context }),
    ).toBe('denied');
    expect(decide(without(allow({ NotResource: Resource }), 'Resource'), { resource })).toBe(
      'allowed',
    );
  });

  it('is just text in the version of 2008, which is also what no version means', () => {
    const statement = allow({
      Condition: { StringEquals: { 'x:team': variable('aws:PrincipalTag/team') } },
    });

    for (const Version of ['2008-10-17', undefined]) {
      const document =
        Version === undefined ? { Statement: statement } : { Version, Statement: statement };
      const decide = (team: string) =>
        evaluate({ ...REQUEST, context: { ...context, 'x:team': team } }, { identity: [document] })
          .decision;

      expect(decide('red')).toBe('denied');
      expect(decide(variable('aws:PrincipalTag/team'))).toBe('allowed');
    }
  });
});
