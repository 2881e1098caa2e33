import { join } from 'node:path';
import { deserialize } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { seconds, type Timers } from '#shared/kernel/index.ts';
import { FunctionFailedError, StartUnansweredError } from '../middleware/errors.ts';
import { PassedOnError } from '../middleware/http-problem.ts';
import type { Input } from '../middleware/read-upload.ts';
import type { ReadAnswer } from './intake-worker.ts';

export interface IntakeReaderOptions {
  readonly automation: string;
  /** Of the bundle of its intake. */
  readonly folder: string;
  readonly timers: Timers;
}

/** Reads uploads for an automation in a thread of its own, one after the other. */
export interface IntakeReader {
  /**
   * @throws what the intake refused, as it said it; `function.failed`, `start.unanswered` (retry).
   */
  read(bytes: Uint8Array): Promise<Input>;
  close(): void;
}

/** The most that an upload may take. The API waits a little longer for its answer. */
const READ_MS = seconds(20);
const MEMORY_MB = 512;
const THREAD = join(import.meta.dirname, 'intake-worker.ts');

/**
 * Opens a reader. On AWS each upload has an instance of the intake's function for itself; here the
 * platform has one thread, in which an upload that takes long to read would keep everybody waiting.
 *
 * The thread starts with the first upload. A thread that takes too long or ends by itself is given
 * up, and the next upload gets a new one.
 */
export function intakeReader({ automation, folder, timers }: IntakeReaderOptions): IntakeReader {
  let thread: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const start = (): Worker => {
    const started = new Worker(THREAD, { workerData: folder, resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB } });
    started.on('error', () => {}); // its end follows
    started.once('exit', () => {
      if (thread === started) thread = undefined;
    });
    return started;
  };

  const readOne = (bytes: Uint8Array) =>
    new Promise<ReadAnswer>((resolve, reject) => {
      thread ??= start();
      const own = thread;
      const end = () => {
        cancel();
        own.off('message', answered).off('exit', ended).unref(); // an idle thread keeps no process alive
      };
      const answered = (answer: ReadAnswer) => {
        end();
        resolve(answer);
      };
      const ended = () => {
        end();
        thread = undefined;
        void own.terminate();
        reject(new StartUnansweredError(automation, 'the thread that reads uploads ended'));
      };
      const cancel = timers.after(READ_MS, ended);
      own.on('message', answered).on('exit', ended).ref();
      own.postMessage(bytes);
    });

  return {
    async read(bytes) {
      const turn = last.then(() => readOne(bytes));
      last = turn.catch(() => {});
      return inputOf(await turn, automation);
    },
    close() {
      void thread?.terminate();
    },
  };
}

function inputOf(answer: ReadAnswer, automation: string): Input {
  if ('refused' in answer) throw new PassedOnError(answer.refused);
  if ('failed' in answer) throw new FunctionFailedError(`${automation}.intake`, answer.failed);
  return deserialize(answer.input) as Input;
}
