import { randomUUID } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';

/** What the thread is started with. */
export interface RuntimeData {
  /** URL of the bundle's `index.mjs`. */
  readonly index: string;
  readonly timeoutMs: number;
}

/**
 * An invocation, as text of JSON; `end` instead of one ends the thread when it has nothing left to
 * do.
 */
export type Asked = { readonly payload: string } | { readonly end: true };
/** How an invocation ended. */
export type CommandExit =
  | { readonly payload: string }
  | { readonly failed: { readonly errorType: string; readonly errorMessage: string } };

/*
 * Stands for Lambda's runtime for Node.js, in a thread that is a function's whole world: loads the bundle while the function
 * starts, then hands it one event after the other, each with a context. A function that does not start fails every invocation.
 *
 * What a handler throws is written down with everything the error holds, as the real runtime does: whoever puts a value into
 * an error has put it into the log.
 *
 * Source: AWS Lambda developer guide, "Define Lambda function handler in Node.js" and "Understanding the Lambda execution
 * environment lifecycle".
 */
const { index, timeoutMs } = workerData as RuntimeData;
const loading = (
  import(index) as Promise<{ handler(event: unknown, context: unknown): Promise<unknown> }>
).then(({ handler }) => handler);
loading.catch(() => {}); // told by each invocation

parentPort?.on('message', (asked: Asked) => {
  if ('end' in asked) parentPort?.close();
  else void answer(asked.payload).then((ended) => parentPort?.postMessage(ended));
});

async function answer(payload: string): Promise<CommandExit> {
  const end = Date.now() + timeoutMs;

  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    awsRequestId: randomUUID(),
    getRemainingTimeInMillis: () => Math.max(0, end - Date.now()),
  };

  try {
    const handler = await loading;
    return { payload: JSON.stringify((await handler(JSON.parse(payload), context)) ?? null) };
  } catch (error) {
    const { name: errorType, message: errorMessage, stack } = error as Error;
    process.stderr.write(
      `ERROR\tInvoke Error\t${JSON.stringify({ errorType, errorMessage, ...(error as object), stack })}\n`,
    );
    return { failed: { errorType, errorMessage } };
  }
}
