import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { signInFunction } from '#cli/start/sign-in-function.ts';
import { localIssuer } from '#functions/embedded/local-issuer.ts';
import { clientProof } from '#functions/embedded/sign-in-proof.ts';
import { silentLog, systemClock, systemRandom } from '#shared/kernel/index.ts';

const CODE = 'the-code-of-the-data-folder';
const ADDRESS = '127.0.0.1:8420';

/** The sign-in of one platform, by path and body. */
async function open(record: () => Promise<void> = async () => {}) {
  const issuer = await localIssuer({
    code: CODE,
    people: ['sample-clerk'],
    clock: systemClock,
    random: systemRandom(),
    record,
  });

  const { handle } = signInFunction({ issuer, address: () => ADDRESS, log: silentLog });

  return async (rawPath: string, body?: string) => {
    const event = {
      rawPath,
      body,
      isBase64Encoded: false,
      requestContext: { requestId: 'request-1' },
    } as APIGatewayProxyEventV2;

    const { statusCode, headers = {}, body: text = '' } = await handle(event);

    return {
      status: statusCode,
      type: headers['content-type'],
      body: JSON.parse(text) as Record<string, string>,
      text,
    };
  };
}

/** What it answers to this person, who knows this code and connected to this address. */
async function signIn(
  { person = 'sample-clerk', code = CODE, address = ADDRESS },
  record?: () => Promise<void>,
) {
  const post = await open(record);
  const { challenge = '' } = (await post('/sign-in/challenge')).body;

  return post(
    '/sign-in',
    JSON.stringify({
      person,
      challenge,
      answer: clientProof(code, { challenge, person, address }),
    }),
  );
}

describe('signing in on this machine', () => {
  it('gives a token for a sample person to who knows the code of the data folder', async () => {
    const { status, type, body } = await signIn({});
    expect([status, type]).toEqual([200, 'application/json']);
    expect(body).toEqual({
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      expiresAt: expect.any(Number),
      proof: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it.each([
    ['another code', { code: 'x' }, 'sign-in.refused'],
    ['an answer for another address', { address: '127.0.0.1:1' }, 'sign-in.refused'],
    ['somebody who is not there', { person: 'sample-nobody' }, 'sign-in.person'],
  ])('refuses %s as a problem, and never tells the code', async (_, given, code) => {
    const { status, type, body, text } = await signIn(given);

    expect([status, type, body.code, body.requestId]).toEqual([
      403,
      'application/problem+json',
      code,
      'request-1',
    ]);

    expect(text).not.toContain(CODE);
  });

  it('gives each who asks a challenge of 128 bits, and each another', async () => {
    const post = await open();
    const given = await Promise.all(
      [1, 2, 3].map(async () => (await post('/sign-in/challenge', '{}')).body),
    );
    for (const one of given)
      expect(one).toEqual({ challenge: expect.stringMatching(/^[0-9a-z]{26}$/) });
    expect(new Set(given.map(({ challenge }) => challenge)).size).toBe(3);
  });

  it.each([
    '',
    'x',
    '[]',
    '{"person":"sample-clerk"}',
    `{"person":"sample-clerk","code":"${CODE}"}`,
    '{"person":1,"challenge":"x","answer":"x"}',
    '{"person":"a","challenge":"b","answer":"c","more":1}',
    '{"person":"a","person":"b","challenge":"c","answer":"d"}',
    `{"person":"${'a'.repeat(201)}","challenge":"c","answer":"d"}`,
  ])('refuses %o, which is no sign-in', async (body) => {
    expect(await (await open())('/sign-in', body)).toMatchObject({
      status: 400,
      body: { code: 'request.body' },
    });
  });

  it('gives no token when its entry cannot be written, and tells nothing of why', async () => {
    const answer = await signIn({}, () => Promise.reject(new Error('secret of the disk')));
    expect(answer).toMatchObject({ status: 500, body: { code: 'request.failed' } });
    expect(answer.text).not.toContain('secret');
  });
});
