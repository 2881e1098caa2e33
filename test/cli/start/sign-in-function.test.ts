import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { localIssuer } from '#cli/embedded/local-issuer.ts';
import { signInFunction } from '#cli/start/sign-in-function.ts';
import { silentLog, systemClock, systemRandom } from '#shared/kernel/index.ts';

const CODE = 'the-code-of-the-data-folder';

/** What `POST /sign-in` answers to a body. */
async function signIn(body: string, record: () => Promise<void> = async () => {}) {
  const issuer = await localIssuer({ code: CODE, people: ['sample-clerk'], clock: systemClock, random: systemRandom(), record });
  const { handle } = signInFunction(issuer, silentLog);
  const event = { body, isBase64Encoded: false, requestContext: { requestId: 'request-1' } } as APIGatewayProxyEventV2;
  const { statusCode, headers = {}, body: text = '' } = await handle(event);
  return { status: statusCode, type: headers['content-type'], body: JSON.parse(text) as Record<string, unknown>, text };
}

describe('signing in on this machine', () => {
  it('gives a token for a sample person and the code of the data folder', async () => {
    const { status, type, body } = await signIn(JSON.stringify({ person: 'sample-clerk', code: CODE }));
    expect([status, type]).toEqual([200, 'application/json']);
    expect(body).toEqual({ token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/), expiresAt: expect.any(Number) });
  });

  it.each([
    ['another code', { person: 'sample-clerk', code: 'x' }, 'sign-in.refused'],
    ['somebody who is not there', { person: 'sample-nobody', code: CODE }, 'sign-in.person'],
  ])('refuses %s as a problem, and never repeats the code', async (_, given, code) => {
    const { status, type, body, text } = await signIn(JSON.stringify(given));
    expect([status, type, body.code, body.requestId]).toEqual([403, 'application/problem+json', code, 'request-1']);
    expect(text).not.toContain(CODE);
  });

  it.each([
    '',
    'x',
    '[]',
    '{"person":"sample-clerk"}',
    '{"person":1,"code":"x"}',
    '{"person":"a","code":"b","more":1}',
    '{"person":"a","person":"b","code":"c"}',
  ])('refuses %o, which is no sign-in', async (body) => {
    expect(await signIn(body)).toMatchObject({ status: 400, body: { code: 'request.body' } });
  });

  it('gives no token when its entry cannot be written, and tells nothing of why', async () => {
    const answer = await signIn(JSON.stringify({ person: 'sample-clerk', code: CODE }), () =>
      Promise.reject(new Error('secret of the disk')),
    );
    expect(answer).toMatchObject({ status: 500, body: { code: 'request.failed' } });
    expect(answer.text).not.toContain('secret');
  });
});
