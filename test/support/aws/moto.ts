import { randomBytes } from 'node:crypto';
import { Agent, get } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, inject, it } from 'vitest';
import type { MotoAnswer } from './moto-setup.ts';

/**
 * What every client of the SDK needs to talk to moto; spread it into the client's configuration.
 */
export interface MotoClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * Settings for clients of the one moto of this run, which is started by the first call. Every call
 * gets a region of its own (moto keeps regions apart), so call it once in a test file and share
 * what it gives.
 *
 * @param untested - What goes untested without moto; for the warning.
 * @returns `undefined` where moto is not installed: skip. It was already said loudly.
 * @throws where moto is not installed and `CI=true`.
 */
export async function motoClientConfig(untested: string): Promise<MotoClientConfig | undefined> {
  const answer = await ask(`${inject('motoDesk')}/?for=${encodeURIComponent(untested)}`);
  if ('missing' in answer) {
    if (process.env.CI === 'true')
      throw new Error(`${untested} cannot be tested: ${answer.missing}`);
    return undefined;
  }

  return {
    endpoint: answer.url,
    region: `moto-${randomBytes(4).toString('hex')}-1`,
    credentials: { accessKeyId: 'AKIAMOTOMOTOMOTOMOTO', secretAccessKey: 'not-a-secret' },
  };
}

/**
 * A `describe` that needs moto: `await describeOnMoto('the KMS adapter', (aws) => { new KMSClient({
 * ...aws }) … })`.
 */
export async function describeOnMoto(
  name: string,
  body: (config: MotoClientConfig) => void,
): Promise<void> {
  const config = await motoClientConfig(name);
  if (config === undefined) describe.skip(name, () => it('needs moto', () => {}));
  else describe(name, () => body(config));
}

// an agent of its own: the global one goes through the proxy of the environment where Node is told
// to use it
const agent = new Agent();

async function ask(url: string): Promise<MotoAnswer> {
  const body = await new Promise<string>((resolve, reject) => {
    get(url, { agent }, (response) => text(response).then(resolve, reject)).once('error', reject);
  });
  return JSON.parse(body) as MotoAnswer;
}
