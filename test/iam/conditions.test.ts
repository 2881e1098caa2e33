import { describe, expect, it } from 'vitest';
import type { Context } from './index.ts';
import { holds } from './samples.ts';

type Row = readonly [why: string, condition: object, context: Context, holds: boolean];

describe('a text operator', () => {
  it.each<Row>([
    ['compares exactly', { StringEquals: { 'x:k': 'financial' } }, { 'x:k': 'financial' }, true],
    ['minds case', { StringEquals: { 'x:k': 'Financial' } }, { 'x:k': 'financial' }, false],
    [
      'takes a star as a star, unless it is Like',
      { StringEquals: { 'x:k': 'fin*' } },
      { 'x:k': 'financial' },
      false,
    ],
    ['takes a dot as a dot', { StringLike: { 'x:k': 'pay.*' } }, { 'x:k': 'payX1' }, false],
    [
      'takes brackets and bars as themselves',
      { StringLike: { 'x:k': '[a|b](c)+*' } },
      { 'x:k': '[a|b](c)+d' },
      true,
    ],
    ['lets a star be nothing', { StringLike: { 'x:k': 'run#*' } }, { 'x:k': 'run#' }, true],
    [
      'lets a star reach past every separator',
      { StringLike: { 'x:k': 'run#*#r' } },
      { 'x:k': 'run#a#b/c:d\ne#r' },
      true,
    ],
    [
      'lets a question mark be one character',
      { StringLike: { 'x:k': 'v?' } },
      { 'x:k': 'v' },
      false,
    ],
    [
      'holds a pattern to both ends',
      { StringLike: { 'x:k': 'run#*' } },
      { 'x:k': 'a run#1' },
      false,
    ],
    ['minds case in a pattern', { StringLike: { 'x:k': 'RUN*' } }, { 'x:k': 'run#1' }, false],
    [
      'can be told to ignore case',
      { StringEqualsIgnoreCase: { 'x:k': 'EUR' } },
      { 'x:k': 'eur' },
      true,
    ],
    [
      'can be told so when negated',
      { StringNotEqualsIgnoreCase: { 'x:k': 'EUR' } },
      { 'x:k': 'eur' },
      false,
    ],
  ])('%s', (_, condition, context, expected) => expect(holds(condition, context)).toBe(expected));
});

describe('several of', () => {
  it.each<Row>([
    [
      'values need one that compares',
      { StringEquals: { 'x:k': ['a', 'b'] } },
      { 'x:k': 'b' },
      true,
    ],
    [
      'values of a negated operator need none that compares',
      { StringNotEquals: { 'x:k': ['a', 'b'] } },
      { 'x:k': 'b' },
      false,
    ],
    [
      'patterns of a negated operator, too',
      { StringNotLike: { 'x:k': ['a*', 'b*'] } },
      { 'x:k': 'c' },
      true,
    ],
    [
      'keys must all hold',
      { StringEquals: { 'x:k': 'a', 'x:l': 'b' } },
      { 'x:k': 'a', 'x:l': 'c' },
      false,
    ],
    [
      'operators must all hold',
      { StringEquals: { 'x:k': 'a' }, Bool: { 'x:l': 'true' } },
      { 'x:k': 'a', 'x:l': 'false' },
      false,
    ],
  ])('%s', (_, condition, context, expected) => expect(holds(condition, context)).toBe(expected));
});

describe('a missing key', () => {
  it.each([
    ['StringEquals', 'a'],
    ['StringLike', '*'],
    ['StringEqualsIgnoreCase', 'a'],
    ['ArnLike', 'arn:aws:sqs:*:*:*'],
    ['Bool', 'false'],
    ['NumericLessThan', '9'],
    ['DateGreaterThan', '2020'],
    ['IpAddress', '0.0.0.0/0'],
  ])('fails %s, even for %s', (operator, value) =>
    expect(holds({ [operator]: { 'x:k': value } })).toBe(false),
  );

  it.each([
    ['StringNotEquals', 'a'],
    ['StringNotLike', '*'],
    ['StringNotEqualsIgnoreCase', 'a'],
    ['ArnNotEquals', 'arn:aws:sqs:*:*:*'],
    ['ArnNotLike', 'arn:aws:sqs:*:*:*'],
    ['NumericNotEquals', '9'],
    ['DateNotEquals', '2020'],
    ['NotIpAddress', '0.0.0.0/0'],
  ])('meets %s, even for %s', (operator, value) =>
    expect(holds({ [operator]: { 'x:k': value } })).toBe(true),
  );

  it.each([
    'StringEqualsIfExists',
    'ArnLikeIfExists',
    'ForAnyValue:StringEqualsIfExists',
    'ForAllValues:StringNotLikeIfExists',
  ])('meets %s', (operator) =>
    expect(holds({ [operator]: { 'x:k': 'arn:aws:sqs:::a' } })).toBe(true),
  );

  it('is all that IfExists forgives', () => {
    expect(holds({ StringEqualsIfExists: { 'x:k': 'a' } }, { 'x:k': 'b' })).toBe(false);
    expect(holds({ StringEqualsIfExists: { 'X:K': 'a' } }, { 'x:k': 'b' })).toBe(false);
    expect(holds({ StringEqualsIfExists: { 'x:k': 'a' }, StringEquals: { 'x:l': 'a' } })).toBe(
      false,
    );
  });
});

describe('the name of a key', () => {
  it('is compared without regard to case', () => {
    expect(
      holds({ StringEquals: { 'AWS:requestedREGION': 'eu' } }, { 'aws:RequestedRegion': 'eu' }),
    ).toBe(true);

    expect(
      holds(
        { StringEquals: { 'kms:EncryptionContext:class': 'a' } },
        { 'kms:EncryptionContext:Class': 'a' },
      ),
    ).toBe(true);

    expect(holds({ Null: { 'X:K': 'true' } }, { 'x:k': 'a' })).toBe(false);
  });

  it('fails when the request has it twice, in different case', () => {
    expect(() => holds({ Null: { 'x:other': 'true' } }, { 'x:k': 'a', 'x:K': 'b' })).toThrow(
      '"x:K" twice',
    );
  });
});

describe('a key of several values', () => {
  const all = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['run#*', 'claim#*'] } };
  const any = { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': ['run#*', 'claim#*'] } };
  const present = { Null: { 'dynamodb:LeadingKeys': 'false' } };
  const none = { 'ForAllValues:StringNotLike': { 'dynamodb:LeadingKeys': ['run#*', 'claim#*'] } };
  const notAll = { 'ForAnyValue:StringNotLike': { 'dynamodb:LeadingKeys': ['run#*', 'claim#*'] } };
  const keys = (...values: readonly string[]) => ({ 'dynamodb:LeadingKeys': values });

  it.each<Row>([
    ['meets ForAllValues when each value compares', all, keys('run#1', 'claim#1'), true],
    ['fails ForAllValues for one that does not', all, keys('run#1', 'decision#1'), false],
    ['meets ForAllValues when it is missing', all, {}, true],
    ['meets ForAllValues when its list is empty', all, keys(), true],
    ['meets ForAllValues when it holds an empty text alone', all, keys(''), true],
    ['fails ForAllValues when one of its values is an empty text', all, keys('run#1', ''), false],
    [
      'fails ForAllValues with Null beside it when it is missing',
      { ...all, ...present },
      {},
      false,
    ],
    [
      'fails ForAllValues with Null beside it when its list is empty',
      { ...all, ...present },
      keys(),
      false,
    ],
    [
      'fails ForAllValues with Null beside it when it holds an empty text alone',
      { ...all, ...present },
      keys(''),
      false,
    ],
    [
      'meets ForAllValues with Null beside it when each value compares',
      { ...all, ...present },
      keys('run#1'),
      true,
    ],
    ['meets ForAnyValue for one value', any, keys('decision#1', 'run#1'), true],
    ['fails ForAnyValue when no value compares', any, keys('decision#1'), false],
    ['fails ForAnyValue when it is missing', any, {}, false],
    [
      'meets a negated ForAllValues when no value compares',
      none,
      keys('gate#1', 'decision#1'),
      true,
    ],
    ['fails a negated ForAllValues for one that compares', none, keys('gate#1', 'run#1'), false],
    [
      'meets a negated ForAnyValue for one that does not compare',
      notAll,
      keys('gate#1', 'run#1'),
      true,
    ],
    ['fails a negated ForAnyValue when it is missing', notAll, {}, false],
    [
      'is missing to IfExists when its list is empty',
      { 'ForAnyValue:StringLikeIfExists': { 'dynamodb:LeadingKeys': 'run#*' } },
      keys(),
      true,
    ],
    [
      'is one value where it is given as a text',
      all,
      { 'dynamodb:LeadingKeys': 'decision#1' },
      false,
    ],
  ])('%s', (_, condition, context, expected) => expect(holds(condition, context)).toBe(expected));

  it('fails an operator that does not say how to compare several', () => {
    expect(() =>
      holds({ StringEquals: { 'dynamodb:Attributes': 'pk' } }, { 'dynamodb:Attributes': ['pk'] }),
    ).toThrow('"dynamodb:Attributes" has several values');
  });
});

describe('Null', () => {
  it.each<Row>([
    ['true asks that a key is missing', { Null: { 'x:k': 'true' } }, {}, true],
    ['true fails a key that is there', { Null: { 'x:k': 'true' } }, { 'x:k': 'a' }, false],
    ['false asks that a key is there', { Null: { 'x:k': 'false' } }, { 'x:k': ['a'] }, true],
    ['false fails a key that is missing', { Null: { 'x:k': 'false' } }, {}, false],
    ['may be a boolean of JSON', { Null: { 'x:k': false } }, { 'x:k': 'a' }, true],
    ['both ways asks nothing', { Null: { 'x:k': ['true', 'false'] } }, {}, true],
  ])('%s', (_, condition, context, expected) => expect(holds(condition, context)).toBe(expected));
});

describe('an ARN operator', () => {
  const principal = 'arn:aws:iam::111122223333:role/writ/dev/writer/pay';

  it.each<Row>([
    [
      'knows wildcards as ArnLike',
      { ArnLike: { 'x:a': 'arn:aws:iam::111122223333:role/writ/*' } },
      { 'x:a': principal },
      true,
    ],
    [
      'knows wildcards as ArnEquals, too',
      { ArnEquals: { 'x:a': 'arn:aws:iam::*:role/writ/*' } },
      { 'x:a': principal },
      true,
    ],
    [
      'knows them negated',
      { ArnNotEquals: { 'x:a': 'arn:aws:iam::*:role/writ/*' } },
      { 'x:a': principal },
      false,
    ],
    [
      'is negated for others',
      { ArnNotLike: { 'x:a': 'arn:aws:iam::*:role/writ/prod/*' } },
      { 'x:a': principal },
      true,
    ],
    [
      'knows a question mark',
      { ArnLike: { 'x:a': 'arn:aws:iam::11112222333?:role/*' } },
      { 'x:a': principal },
      true,
    ],
    [
      'minds case',
      { ArnLike: { 'x:a': 'arn:aws:iam::*:role/Writ/*' } },
      { 'x:a': principal },
      false,
    ],
    [
      'lets no star reach past a colon',
      { ArnLike: { 'x:a': 'arn:aws:s:*:1:finance/*' } },
      { 'x:a': 'arn:aws:s:eu:9:store/abc:1:finance/d' },
      false,
    ],
    [
      'lets one cross colons of the last field',
      { ArnLike: { 'x:a': 'arn:aws:logs:*:*:*' } },
      { 'x:a': 'arn:aws:logs:eu:1:log-group:g:*' },
      true,
    ],
    [
      'is met by no value that is not an ARN',
      { ArnLike: { 'x:a': 'arn:*:*:*:*:*' } },
      { 'x:a': 'pay' },
      false,
    ],
  ])('%s', (_, condition, context, expected) => expect(holds(condition, context)).toBe(expected));
});

describe('an operator of values', () => {
  it.each<Row>([
    [
      'compares truth',
      { Bool: { 'aws:SecureTransport': 'false' } },
      { 'aws:SecureTransport': 'true' },
      false,
    ],
    [
      'takes a boolean of JSON as its text',
      { Bool: { 'aws:SecureTransport': true } },
      { 'aws:SecureTransport': 'true' },
      true,
    ],
    ['compares numbers, not texts', { NumericLessThan: { 'x:n': '10' } }, { 'x:n': '9' }, true],
    ['takes a number of JSON as its text', { NumericEquals: { 'x:n': 7 } }, { 'x:n': '7.0' }, true],
    ['tells less than from up to', { NumericLessThan: { 'x:n': '7' } }, { 'x:n': '7' }, false],
    ['tells up to from less than', { NumericLessThanEquals: { 'x:n': '7' } }, { 'x:n': '7' }, true],
    [
      'tells more than from at least',
      { NumericGreaterThan: { 'x:n': '7' } },
      { 'x:n': '7' },
      false,
    ],
    ['knows at least', { NumericGreaterThanEquals: { 'x:n': '-7.5' } }, { 'x:n': '-7' }, true],
    ['knows other than', { NumericNotEquals: { 'x:n': '7' } }, { 'x:n': '7' }, false],
    [
      'compares dates',
      { DateLessThan: { 'x:d': '2026-01-01T00:00:00Z' } },
      { 'x:d': '2025-12-31T23:59:59Z' },
      true,
    ],
    [
      'compares dates across zones',
      { DateEquals: { 'x:d': '2026-01-01T00:00:00Z' } },
      { 'x:d': '2026-01-01T01:00:00+01:00' },
      true,
    ],
    [
      'compares a date with seconds since 1970',
      { DateEquals: { 'x:d': '2001-09-09' } },
      { 'x:d': '999993600' },
      true,
    ],
    [
      'knows at or after',
      { DateGreaterThanEquals: { 'x:d': '2026' } },
      { 'x:d': '2026-01-01' },
      true,
    ],
    [
      'knows a network',
      { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
      { 'aws:SourceIp': '203.0.113.7' },
      true,
    ],
    [
      'knows what is outside it',
      { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
      { 'aws:SourceIp': '203.0.114.7' },
      true,
    ],
    [
      'takes an address as itself alone',
      { IpAddress: { 'aws:SourceIp': '203.0.113.7' } },
      { 'aws:SourceIp': '203.0.113.8' },
      false,
    ],
    [
      'knows a network of IPv6',
      { IpAddress: { 'aws:SourceIp': '2001:DB8::/32' } },
      { 'aws:SourceIp': '2001:db8::1' },
      true,
    ],
    [
      'keeps the two apart',
      { IpAddress: { 'aws:SourceIp': ['::/0', '10.0.0.0/8'] } },
      { 'aws:SourceIp': '203.0.113.7' },
      false,
    ],
  ])('%s', (_, condition, context, expected) => expect(holds(condition, context)).toBe(expected));
});
