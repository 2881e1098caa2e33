import { describe, expect, it } from 'vitest';
import { readSettings, type Setting } from '#functions/wiring/settings.ts';

const ENV = {
  WRIT_PREFIX: 'writ-dev-euc1',
  AWS_REGION: 'eu-central-1',
  WRIT_ACCOUNT: '123456789012',
  WRIT_DATA_KEY: 'arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f',
  WRIT_ISSUER: 'https://login.example.com',
  WRIT_AUDIENCE: 'writ writ-cli',
  WRIT_FRONT: 'cloudfront',
  WRIT_FIRST_ADMIN: 'auth0|5f7c',
  WRIT_CELL: 'acme',
};
const ALL: readonly Setting[] = [
  'prefix',
  'region',
  'account',
  'dataKey',
  'issuer',
  'audience',
  'front',
  'firstAdmin',
  'cell',
];
/** What all are that nobody asked for. */
const NOTHING = {
  prefix: '',
  region: '',
  account: '',
  dataKey: '',
  issuer: '',
  audience: '',
  front: '',
  firstAdmin: '',
  cell: '',
};
const OF_ENGINE: readonly Setting[] = ['prefix', 'region', 'account', 'dataKey'];
const reading =
  (env: Readonly<Record<string, string | undefined>>, needs = ALL) =>
  () =>
    readSettings('payment.pay', needs, env);
const incomplete = (message: string) =>
  expect.objectContaining({ code: 'wiring.incomplete', fate: 'stop', message });

describe('the settings of a function', () => {
  it('are read from the variables that deployments set', () => {
    expect(reading(ENV)()).toEqual({
      prefix: ENV.WRIT_PREFIX,
      region: ENV.AWS_REGION,
      account: ENV.WRIT_ACCOUNT,
      dataKey: ENV.WRIT_DATA_KEY,
      issuer: ENV.WRIT_ISSUER,
      audience: ENV.WRIT_AUDIENCE,
      front: ENV.WRIT_FRONT,
      firstAdmin: ENV.WRIT_FIRST_ADMIN,
      cell: ENV.WRIT_CELL,
    });
  });

  it('are those it needs: others are neither read nor missed', () => {
    expect(reading(ENV, ['region'])()).toEqual({ ...NOTHING, region: 'eu-central-1' });
    expect(
      reading({ AWS_REGION: 'eu-central-1', WRIT_ACCOUNT: 'nonsense' }, ['region'])(),
    ).toMatchObject({ account: '' });
  });

  it('may leave out who becomes the first admin and whose cell it is, and nothing else', () => {
    const { WRIT_FIRST_ADMIN: _first, WRIT_CELL: _cell, ...others } = ENV;
    expect(reading(others)()).toMatchObject({ firstAdmin: '', cell: '' });
    for (const left of Object.keys(others))
      expect(reading({ ...ENV, [left]: undefined })).toThrow(
        /is missing; the deployment sets these variables$/,
      );
  });

  it('are refused in one sentence that names everything that is missing or malformed, and what is allowed', () => {
    expect(
      reading(
        { WRIT_PREFIX: 'writ-dev-euc1', AWS_REGION: 'Frankfurt', WRIT_DATA_KEY: 'alias/writ' },
        OF_ENGINE,
      ),
    ).toThrow(
      incomplete(
        'function payment.pay cannot start: AWS_REGION is "Frankfurt", expected a value like eu-central-1; WRIT_ACCOUNT is missing; ' +
          'WRIT_DATA_KEY is "alias/writ", expected a value like arn:aws:kms:eu-central-1:123456789012:key/…; the deployment sets these variables',
      ),
    );
  });

  it.each([
    ['WRIT_PREFIX', ['', 'w', 'Writ', '1-writ', 'writ_dev', `w${'x'.repeat(41)}`, 'writ-dev\n']],
    ['AWS_REGION', ['', 'eu-central', 'eu-central-1a', 'EU-CENTRAL-1']],
    ['WRIT_ACCOUNT', ['', '12345678901', '1234567890123', '12345678901x']],
    [
      'WRIT_ISSUER',
      [
        '',
        'http://login.example.com',
        'https://',
        'https://login.example.com ',
        'login.example.com',
      ],
    ],
    ['WRIT_AUDIENCE', ['', ' writ', 'writ  cli']],
    ['WRIT_FRONT', ['', 'off', 'None']],
    ['WRIT_CELL', ['', 'Acme', '*', 'a#b']],
    ['WRIT_FIRST_ADMIN', ['', 'two words', 'x'.repeat(256), 'ü']],
    [
      'WRIT_DATA_KEY',
      ['', 'key/0a1b', 'arn:aws:kms:eu-central-1:123456789012:alias/writ', 'arn:aws:s3:::bucket'],
    ],
  ])('are refused when %s is anything else', (variable, values) => {
    for (const value of values)
      expect(reading({ ...ENV, [variable]: value }), value).toThrow(
        expect.objectContaining({ code: 'wiring.incomplete' }),
      );
  });

  it('are told in short where they are long', () => {
    expect(reading({ ...ENV, WRIT_ACCOUNT: '1'.repeat(5_000) })).toThrow(
      incomplete(
        `function payment.pay cannot start: WRIT_ACCOUNT is "${'1'.repeat(100)}", expected a value like 123456789012; the deployment sets these variables`,
      ),
    );
  });
});
