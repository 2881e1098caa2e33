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
  /** Folder of the bundle of the intake. */
  readonly folder: string;
  readonly timers: Timers;
}

/** Reads uploads of an automation in a separate thread, one at a time. */
export interface IntakeReader {
  /**
   * Reads one upload.
   *
   * @throws the refusal of the intake, unchanged; `function.failed`, `start.unanswered`,
   *   `start.busy` (retry).
   */
  read(bytes: Uint8Array): Promise<Input>;
  close(): void;
}

/** Maximum time to read an upload, and to wait and read in total. The API waits slightly longer. */
const READ_MS = seconds(20);
const ANSWER_MS = seconds(28);
/**
 * Maximum number of waiting uploads, and their maximum total size. The size is half of the limit
 * for all request bodies on one machine.
 */
const WAITING_MAX = 64;
const WAITING_MAX_BYTES = 16 * 1_024 * 1_024;
const MEMORY_MB = 512;
const THREAD = join(import.meta.dirname, 'intake-worker.ts');

/**
 * Opens a reader. On AWS, each upload has a separate instance of the intake function. Here, all
 * uploads share one process, which a slow upload would block, so a separate thread reads them.
 *
 * The thread starts with the first upload, and is replaced if it takes too long or ends. An upload
 * is refused immediately if the queue is full, and dropped when its caller no longer waits.
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

    started.on('error', () => {}); // an 'exit' event follows
    started.once('exit', () => {
      if (thread === started) thread = undefined;
    });

    return started;
  };

  const waitForTurn = (size: number, deadline: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const bytes = [...waiting].reduce((sum, other) => sum + other.size, size);
      const isFull = waiting.size >= WAITING_MAX || bytes > WAITING_MAX_BYTES;
      const limits = `${WAITING_MAX} uploads and ${WAITING_MAX_BYTES} bytes`;
      if (isFull)
        throw new StartBusyError(automation, `${waiting.size} uploads wait, limit ${limits}`);

      const drop = () => {
        waiting.delete(entry);
        reject(
          new StartBusyError(automation, `it waited for ${ANSWER_MS / 1_000} seconds, the limit`),
        );
      };

      const begin = () => {
        deadline.removeEventListener('abort', drop);
        waiting.delete(entry);
        resolve();
      };

      const entry = { size, begin };

      waiting.add(entry);
      deadline.addEventListener('abort', drop, { once: true });
    });

  const readInThread = (bytes: Uint8Array, deadline: AbortSignal) =>
    new Promise<ReadAnswer>((resolve, reject) => {
      thread ??= start();

      const worker = thread;

      const cleanUp = () => {
        cancel();
        deadline.removeEventListener('abort', giveUp);
        // An idle thread must not keep the process alive.
        worker.off('message', finish).off('exit', giveUp).unref();
      };

      const finish = (answer: ReadAnswer) => {
        cleanUp();
        resolve(answer);
      };

      const giveUp = () => {
        cleanUp();
        thread = undefined;
        void worker.terminate();
        reject(new StartUnansweredError(automation, 'the thread that reads uploads ended'));
      };

      const cancel = timers.after(READ_MS, giveUp);

      deadline.addEventListener('abort', giveUp, { once: true });
      worker.on('message', finish).on('exit', giveUp).ref();
      worker.postMessage(bytes);
    });

  const readNow = async (bytes: Uint8Array, deadline: AbortSignal) => {
    isReading = true;

    try {
      return await readInThread(bytes, deadline);
    } finally {
      const [next] = waiting;
      isReading = next !== undefined;
      next?.begin();
    }
  };

  return {
    async read(bytes) {
      const deadline = new AbortController();
      const cancel = timers.after(ANSWER_MS, () => deadline.abort());

      try {
        if (isReading) await waitForTurn(bytes.length, deadline.signal);
        return inputOf(await readNow(bytes, deadline.signal), automation);
      } finally {
        cancel();
      }
    },
    close() {
      void thread?.terminate();
    },
  };
}

/** Upload that waits for its turn. */
interface Waiting {
  /** Size in bytes. */
  readonly size: number;
  /** Starts reading this upload. */
  readonly begin: () => void;
}

function inputOf(answer: ReadAnswer, automation: string): Input {
  if ('refused' in answer) throw new PassedOnError(answer.refused);
  if ('failed' in answer) throw new FunctionFailedError(`${automation}.intake`, answer.failed);
  return deserialize(answer.input) as Input;
}
