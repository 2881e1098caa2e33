import { afterEach, describe, expect, it, vi } from 'vitest';
import { LOCAL_AUDIENCE, LOCAL_ISSUER } from '#functions/embedded/local-issuer.ts';
import { secrets } from '#functions/wiring/aws.ts';
import { httpOnAws } from '#functions/wiring/aws-http.ts';
import { issuerOnAws } from '#functions/wiring/aws-quiet.ts';
import { checkConfiguration } from '#infra/config/check-configuration.ts';

const FUNCTION = { name: 'gates', bundle: '0'.repeat(64) };

/** What a deployment sets, with this issuer. */
function deployedWith(issuer: string): void {
  const env = {
    WRIT_PREFIX: 'writ-dev-euc1',
    AWS_REGION: 'eu-central-1',
    WRIT_ACCOUNT: '123456789012',
    WRIT_DATA_KEY: 'arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d',
    WRIT_ISSUER: issuer,
    WRIT_AUDIENCE: LOCAL_AUDIENCE,
    WRIT_FRONT: 'none',
  };

  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
}
afterEach(() => vi.unstubAllEnvs());

describe('a deployment takes no token of a machine’s own issuer', () => {
  it('as its functions do not start with that issuer, nor with any other that is no https address', async () => {
    const wirings = [httpOnAws({ secrets }), issuerOnAws()];
    for (const issuer of [LOCAL_ISSUER, 'http://127.0.0.1:8420', '']) {
      deployedWith(issuer);

      for (const open of wirings)
        await expect(open(FUNCTION)).rejects.toMatchObject({
          code: 'wiring.incomplete',
          message: expect.stringContaining('WRIT_ISSUER'),
        });
    }

    deployedWith('https://login.example.com');
    await expect(issuerOnAws()(FUNCTION)).resolves.toMatchObject({
      keys: { read: expect.any(Function) },
    });
    // it is past its settings: what it does not find are the policies, which lie beside a bundle
    await expect(httpOnAws({ secrets })(FUNCTION)).rejects.toMatchObject({
      code: 'access.policies',
    });
  });

  it('as no configuration may name it', () => {
    const named = (issuer: string) => () =>
      checkConfiguration({
        environments: [{ name: 'dev', region: 'eu-central-1', api: { issuer, audience: ['api'] } }],
      });
    expect(named('https://login.example.com')).not.toThrow();
    for (const issuer of [LOCAL_ISSUER, 'http://127.0.0.1:8420', ` https://${LOCAL_ISSUER}`])
      expect(named(issuer)).toThrow(/an issuer begins with "https:\/\/"/);
  });
});
