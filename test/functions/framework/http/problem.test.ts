import { describe, expect, it } from 'vitest';
import {
  EvidenceUnavailableError,
  NotFoundError,
  PassedOnError,
  problemOf,
  UnauthenticatedError,
} from '#functions/framework/http/problem.ts';
import { FirstAdminError } from '#shared/identity/index.ts';
import { InvalidInputError } from '#shared/kernel/index.ts';
import {
  LedgerConflictError,
  LedgerRefusedError,
  LedgerUnavailableError,
} from '#shared/ledger/index.ts';

const passedOn = (code: string, fate: 'refuse' | 'retry' = 'refuse') =>
  problemOf(new PassedOnError({ code, fate, message: 'in words' }));

describe('what is told of an error', () => {
  it('is its code and sentence when people can do something about it', () => {
    expect(problemOf(new InvalidInputError('gate.stale', 'look again'))).toEqual({
      status: 409,
      code: 'gate.stale',
      detail: 'look again',
    });
  });

  it('has the help of an error that is told, and of no other', () => {
    const [facts, help] = [{}, 'Choose another name.'];
    expect(problemOf(new InvalidInputError('name.invalid', 'no name', facts, { help }))).toEqual({
      status: 422,
      code: 'name.invalid',
      detail: 'no name',
      help,
    });
    expect(problemOf(new LedgerRefusedError('canary', facts, { help })).help).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['an error that is not ours', new Error('canary')],
    [
      'an error of ours that is of no concern to people',
      new InvalidInputError('seal.broken', 'canary'),
    ],
    ['a code that every object has', new InvalidInputError('to.string' as never, 'canary')],
    ['a commit that we got wrong', new LedgerRefusedError('canary')],
    ['something that is no error', 'canary'],
    ['nothing', undefined],
  ])('is nothing, of %s', (_what, error) => {
    expect(problemOf(error)).toMatchObject({ status: 500, code: 'request.failed' });
    expect(JSON.stringify(problemOf(error))).not.toContain('canary');
  });

  it.each([
    new LedgerUnavailableError('canary'),
    new LedgerConflictError(['canary']),
    new EvidenceUnavailableError(),
  ])('is that asking again may help, of %s', (error) => {
    expect(problemOf(error)).toMatchObject({ status: 503, code: 'request.unavailable' });
    expect(JSON.stringify(problemOf(error))).not.toContain('canary');
  });

  it('is the same whether something is not there, not to be seen, or not to be named', () => {
    const all = [
      ...(
        ['it is not there', 'this person may not see it', 'the reference is malformed'] as const
      ).map((why) => problemOf(new NotFoundError(why))),
    ];
    all.push(problemOf(new InvalidInputError('gate.unknown', 'there is no such gate')));
    for (const one of all) expect(one).toEqual(all[0]);
  });

  it('is the same for everybody who is not known, but for who claims to be the first admin', () => {
    const [one, two] = [
      problemOf(new UnauthenticatedError('token-missing')),
      problemOf(new UnauthenticatedError('person-unknown')),
    ];

    expect(one).toEqual(two);

    const cause = new FirstAdminError('identity.not-first-admin');

    expect(problemOf(new UnauthenticatedError('person-unknown', { cause }))).toMatchObject({
      status: 403,
      code: 'identity.not-first-admin',
    });

    expect(
      problemOf(
        new UnauthenticatedError('person-unknown', {
          cause: new InvalidInputError('name.invalid', ''),
        }),
      ),
    ).toEqual(one);
  });

  it('is what an intake said of an upload, unless it failed itself', () => {
    expect(passedOn('ubl.malformed')).toEqual({
      status: 422,
      code: 'ubl.malformed',
      detail: 'in words',
    });

    expect(passedOn('run.key-reused').status).toBe(409);
    expect(passedOn('kernel.defect').status).toBe(500);
    expect(passedOn('ubl.malformed', 'retry').status).toBe(503);
  });
});
