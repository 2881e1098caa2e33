import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { describeForeignError } from '#shared/audit/index.ts';
import { type ErrorFacts, type Fate, isWritError } from '#shared/kernel/index.ts';
import { type ReadUpload, readUpload } from '../framework/lambda/read-upload.ts';

/** Answer of the thread to the bytes of an upload. */
export type ReadAnswer =
  /** V8 serialization of the input. */
  | { readonly input: Uint8Array }
  | {
      readonly refused: {
        readonly code: string;
        readonly fate: Fate;
        readonly message: string;
        readonly facts: ErrorFacts;
      };
    }
  /** Public part of a foreign error. */
  | { readonly failed: string };

/**
 * Entry point of the thread that reads uploads with the intake of one bundle. The bundle's folder
 * is the thread's `workerData`. See `intake-reader.ts`.
 */
const { read } = (await import(pathToFileURL(join(workerData as string, 'index.mjs')).href)) as {
  readonly read: ReadUpload;
};

async function answerTo(bytes: Uint8Array): Promise<ReadAnswer> {
  try {
    return { input: (await readUpload(read, bytes)).written };
  } catch (error) {
    if (!isWritError(error)) return { failed: describeForeignError(error) };
    const { code, fate, message, facts } = error;
    return { refused: { code, fate, message, facts } };
  }
}

parentPort?.on('message', async (bytes: Uint8Array) =>
  parentPort?.postMessage(await answerTo(bytes)),
);
