import { join } from 'node:path';
import { deserialize } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { seconds, type Timers } from '#shared/kernel/index.ts';
import { PassedOnError } from '../framework/http/problem.ts';
import type { Input } from '../framework/lambda/read-upload.ts';
import { StartBusyError, StartUnansweredError } from '../http/runs/errors.ts';
import { FunctionFailedError } from './errors.ts';
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
   * @throws what the intake refused, as it said it; `function.failed`, `start.unanswered`,
   *   `start.busy` (retry).
   */
  read(bytes: Uint8Array): Promise<Input>;
  close(): void;
}

/**
 * The most that reading an upload may take, and waiting and reading together. The API waits a
 * little longer for its answer.
 */
const READ_MS = seconds(20);
const ANSWER_MS = seconds(28);
/**
 * The most that may wait. In bytes it is half of what all bodies of requests may have together on
 * one machine.
 */
const WAITING_MAX = 64;
const WAITING_MAX_BYTES = 16 * 1_024 * 1_024;
const MEMORY_MB = 512;
const THREAD = join(import.meta.dirname, 'intake-worker.ts');

/**
 * Opens a reader. On AWS each upload has an instance of the intake's function for itself; here the
 * platform has one thread, in which an upload that takes long to read would keep everybody waiting.
 *
 * The thread starts with the first upload. A thread that takes too long or ends by itself is given
 * up, and the next upload gets a new one. An upload that has no room to wait is refused at once;
 * one whose answer nobody waits for any more is not read, or not to its end.
 */
export function intakeReader({ automation, folder, timers }: IntakeReaderOptions): IntakeReader {
  let thread: Worker | undefined;
  const waiting = new Set<Waiting>();
  let isReading = false;

  const start = (): Worker => {
    const started = new Worker(THREAD, {
      workerData: folder,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });

    started.on('error', () => {}); // its end follows
    started.once('exit', () => {
      if (thread === started) thread = undefined;
    });

    return started;
  };

  const turn = (size: number, late: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const bytes = [...waiting].reduce((sum, other) => sum + other.size, size);
      const isFull = waiting.size >= WAITING_MAX || bytes > WAITING_MAX_BYTES;
      const limits = `${WAITING_MAX} uploads and ${WAITING_MAX_BYTES} bytes`;
      if (isFull)
        throw new StartBusyError(automation, `${waiting.size} others wait; allowed are ${limits}`);

      const dropped = () => {
        waiting.delete(own);
        reject(
          new StartBusyError(
            automation,
            `it waited for others for ${ANSWER_MS / 1_000} seconds, the most that is allowed`,
          ),
        );
      };

      const begin = () => {
        late.removeEventListener('abort', dropped);
        waiting.delete(own);
        resolve();
      };

      const own = { size, begin };

      waiting.add(own);
      late.addEventListener('abort', dropped, { once: true });
    });

  const readOne = (bytes: Uint8Array, late: AbortSignal) =>
    new Promise<ReadAnswer>((resolve, reject) => {
      thread ??= start();

      const own = thread;

      const end = () => {
        cancel();
        late.removeEventListener('abort', ended);
        // an idle thread keeps no process alive
        own.off('message', answered).off('exit', ended).unref();
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

      late.addEventListener('abort', ended, { once: true });
      own.on('message', answered).on('exit', ended).ref();
      own.postMessage(bytes);
    });

  const readNow = async (bytes: Uint8Array, late: AbortSignal) => {
    isReading = true;

    try {
      return await readOne(bytes, late);
    } finally {
      const [next] = waiting;
      isReading = next !== undefined;
      next?.begin();
    }
  };

  return {
    async read(bytes) {
      const late = new AbortController();
      const cancel = timers.after(ANSWER_MS, () => late.abort());

      try {
        if (isReading) await turn(bytes.length, late.signal);
        return inputOf(await readNow(bytes, late.signal), automation);
      } finally {
        cancel();
      }
    },
    close() {
      void thread?.terminate();
    },
  };
}

/** An upload that waits for its turn. */
interface Waiting {
  /** In bytes. */
  readonly size: number;
  /** To be called when its turn has come. */
  readonly begin: () => void;
}

function inputOf(answer: ReadAnswer, automation: string): Input {
  if ('refused' in answer) throw new PassedOnError(answer.refused);
  if ('failed' in answer) throw new FunctionFailedError(`${automation}.intake`, answer.failed);
  return deserialize(answer.input) as Input;
}
