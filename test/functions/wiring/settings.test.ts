import { describe, expect, it } from 'vitest';
import { readSettings, type Setting } from '#functions/wiring/settings.ts';

const ENV = {
  WRIT_PREFIX: 'writ-dev-euc1',
  AWS_REGION: 'eu-central-1',
  WRIT_ACCOUNT: '123456789012',
  WRIT_DATA_KEY: 'arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f',
};
const ALL: readonly Setting[] = ['prefix', 'region', 'account', 'dataKey'];
const reading =
  (env: Readonly<Record<string, string | undefined>>, needs = ALL) =>
  () =>
    readSettings('payment.pay', needs, env);
const incomplete = (message: string) => expect.objectContaining({ code: 'wiring.incomplete', fate: 'stop', message });

describe('the settings of a function', () => {
  it('are read from the variables that deployments set', () => {
    expect(reading(ENV)()).toEqual({
      prefix: ENV.WRIT_PREFIX,
      region: ENV.AWS_REGION,
      account: ENV.WRIT_ACCOUNT,
      dataKey: ENV.WRIT_DATA_KEY,
    });
  });

  it('are those it needs: others are neither read nor missed', () => {
    expect(reading(ENV, ['region'])()).toEqual({ prefix: '', region: 'eu-central-1', account: '', dataKey: '' });
    expect(reading({ AWS_REGION: 'eu-central-1', WRIT_ACCOUNT: 'nonsense' }, ['region'])()).toMatchObject({ account: '' });
  });

  it('are refused in one sentence that names everything that is missing or malformed, and what is allowed', () => {
    expect(reading({ WRIT_PREFIX: 'writ-dev-euc1', AWS_REGION: 'Frankfurt', WRIT_DATA_KEY: 'alias/writ' })).toThrow(
      incomplete(
        'function payment.pay cannot be wired: AWS_REGION is "Frankfurt", which is nothing like eu-central-1; WRIT_ACCOUNT is missing; ' +
          'WRIT_DATA_KEY is "alias/writ", which is nothing like arn:aws:kms:eu-central-1:123456789012:key/…; deployments set these',
      ),
    );
  });

  it.each([
    ['WRIT_PREFIX', ['', 'w', 'Writ', '1-writ', 'writ_dev', `w${'x'.repeat(41)}`, 'writ-dev\n']],
    ['AWS_REGION', ['', 'eu-central', 'eu-central-1a', 'EU-CENTRAL-1']],
    ['WRIT_ACCOUNT', ['', '12345678901', '1234567890123', '12345678901x']],
    ['WRIT_DATA_KEY', ['', 'key/0a1b', 'arn:aws:kms:eu-central-1:123456789012:alias/writ', 'arn:aws:s3:::bucket']],
  ])('are refused when %s is anything else', (variable, values) => {
    for (const value of values)
      expect(reading({ ...ENV, [variable]: value }), value).toThrow(expect.objectContaining({ code: 'wiring.incomplete' }));
  });

  it('are told in short where they are long', () => {
    expect(reading({ ...ENV, WRIT_ACCOUNT: '1'.repeat(5_000) })).toThrow(
      incomplete(
        `function payment.pay cannot be wired: WRIT_ACCOUNT is "${'1'.repeat(100)}", which is nothing like 123456789012; deployments set these`,
      ),
    );
  });
});
