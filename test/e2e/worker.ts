import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Asked, CommandExit, RuntimeData } from './lambda-runtime.ts';

export interface Deploying {
  /** Folder of the bundle. */
  readonly folder: string;
  /** All of the function's environment: nothing of the test's own is added. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Text of a module that is run before the bundle is loaded, for what is outside of it and not
   * there.
   */
  readonly before?: string;
  readonly timeoutMs?: number;
}

/** A function failed, as whoever called it learns it. */
export class FunctionError extends Error {
  override readonly name: string;
  constructor({
    errorType,
    errorMessage,
  }: { readonly errorType: string; readonly errorMessage: string }) {
    super(errorMessage);
    this.name = errorType;
  }
}

/**
 * One instance of a deployed function: a thread with its own environment, its own clients and its
 * own log.
 */
export class DeployedFunction {
  /** What it wrote to standard output, and what it or the runtime wrote to standard error. */
  readonly lines: string[] = [];
  readonly errors: string[] = [];
  /** Every event it was given, as the text that went in. */
  readonly events: string[] = [];
  readonly #worker: Worker;
  readonly #read: Promise<unknown>;
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ folder, env, before, timeoutMs = 30_000 }: Deploying) {
    const data: RuntimeData = { index: pathToFileURL(join(folder, 'index.mjs')).href, timeoutMs };

    this.#worker = new Worker(join(import.meta.dirname, 'lambda-runtime.ts'), {
      env: { ...env },
      execArgv:
        before === undefined
          ? []
          : ['--import', `data:text/javascript,${encodeURIComponent(before)}`],
      workerData: data,
      stdout: true,
      stderr: true,
    });

    this.#read = Promise.all([
      collect(this.#worker.stdout, this.lines),
      collect(this.#worker.stderr, this.errors),
    ]);
  }

  /**
   * Hands it an event and waits for the answer. Both go through JSON. One event at a time: an
   * instance has no more.
   *
   * @throws {@link FunctionError}
   */
  invoke(event: unknown): Promise<unknown> {
    const answer = this.#turn.then(() => this.#invoke(JSON.stringify(event)));
    this.#turn = answer.catch(() => {});
    return answer;
  }

  /** Ends it after what it is doing. All it ever wrote has been read then. */
  async stop(): Promise<void> {
    await this.#turn;
    const exited = once(this.#worker, 'exit');
    this.#worker.postMessage({ end: true } satisfies Asked);
    await exited;
    await this.#read;
  }

  async #invoke(payload: string): Promise<unknown> {
    this.events.push(payload);
    this.#worker.postMessage({ payload } satisfies Asked);
    const [ended] = (await once(this.#worker, 'message')) as [CommandExit];
    if ('failed' in ended) throw new FunctionError(ended.failed);
    return JSON.parse(ended.payload);
  }
}

async function collect(from: Readable, into: string[]): Promise<void> {
  await once(
    createInterface({ input: from }).on('line', (line) => into.push(line)),
    'close',
  );
}
