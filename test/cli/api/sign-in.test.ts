import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { signIn } from '#cli/api/sign-in.ts';
import { signInFunction } from '#cli/start/sign-in-function.ts';
import { openHttpServer } from '#functions/embedded/http-server.ts';
import { localIssuer } from '#functions/embedded/local-issuer.ts';
import { systemClock as clock, silentLog, systemRandom } from '#shared/kernel/index.ts';

const CODE = 'the-code-of-the-data-folder';
const person = 'sample-clerk';

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

/** The sign-in of a real platform whose data folder has this code. */
async function platform(code = CODE): Promise<URL> {
  const random = systemRandom();

  const issuer = await localIssuer({
    code,
    people: [person],
    clock,
    random,
    record: async () => {},
  });

  let address = '';
  const functions = [signInFunction({ issuer, address: () => address, log: silentLog })];

  const { url, close } = await openHttpServer({
    functions,
    port: 0,
    log: silentLog,
    clock,
    random,
  });

  opened.push(close);
  address = new URL(url).host;

  return new URL(url);
}

/** Somebody else who listens on this machine. @returns where, and all that they were sent. */
async function stranger(
  answer: (
    path: string,
    body: string,
  ) => Promise<{ readonly status?: number; readonly text: string }>,
) {
  const heard: string[] = [];

  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    heard.push(`${request.url} ${JSON.stringify(request.headers)} ${body}`);
    const { status = 200, text } = await answer(request.url ?? '', body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => server.close());

  return { base: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), heard };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

describe('signing in from the command line', () => {
  it('gives a token of the platform that has the same data folder', async () => {
    expect(await signIn(await platform(), { person, code: CODE })).toMatch(
      /^[\w-]+\.[\w-]+\.[\w-]+$/,
    );
  });

  it('is refused by a platform of another data folder', async () => {
    await expect(
      signIn(await platform('another-code'), { person, code: CODE }),
    ).rejects.toMatchObject({ code: 'sign-in.refused' });
  });

  it('believes nobody who does not know the code, and tells it to nobody', async () => {
    const { base, heard } = await stranger(async (path) =>
      path.endsWith('challenge')
        ? { text: '{"challenge":"mine"}' }
        : { text: '{"token":"a.b.c","expiresAt":1,"proof":"made-up"}' },
    );

    await expect(signIn(base, { person, code: CODE })).rejects.toMatchObject({
      code: 'platform.unproven',
      fate: 'refuse',
    });

    expect(heard).toHaveLength(2);
    expect(heard.join()).not.toContain(CODE);
  });

  it('is of no use to whoever listens elsewhere and passes all of it on to the platform', async () => {
    const real = await platform();

    const { base, heard } = await stranger(async (path, body) => {
      const answer = await fetch(new URL(path, real), {
        method: 'POST',
        body: body === '' ? undefined : body,
      });
      return { status: answer.status, text: await answer.text() };
    });

    await expect(signIn(base, { person, code: CODE })).rejects.toMatchObject({
      code: 'sign-in.refused',
    });
    expect(heard).toHaveLength(2); // the challenge was the platform's own
    expect(await signIn(real, { person, code: CODE })).toMatch(/^ey/);
  });
});
