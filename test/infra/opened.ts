import { parentPort, workerData } from 'node:worker_threads';
import type { AwsWiring } from '#functions/wiring/deployed.ts';

/** A function's adapters, to be opened in one environment after the other. */
export interface ToOpen {
  readonly name: string;
  /** URL of the bundle's `aws.mjs`. */
  readonly aws: string;
  readonly environments: readonly Readonly<Record<string, string>>[];
}

/** The code of the error with which an opening ended, and its sentence. */
export type Opened = 'opened' | { readonly code: string; readonly message: string };

/*
 * Opens the adapters of functions as Lambda does, each in environments that are all of its environment, in a thread that is there
 * for nothing else. Nothing is sent: clients look for credentials and connections when they are used. Posts what became of each.
 */
const ends: Opened[][] = [];
for (const { name, aws, environments } of workerData as readonly ToOpen[]) {
  const { open } = (await import(aws)) as AwsWiring<unknown>;
  const opened: Opened[] = [];
  for (const environment of environments) {
    for (const variable of Object.keys(process.env)) delete process.env[variable];
    Object.assign(process.env, environment);
    opened.push(
      await open({ name, bundle: '0'.repeat(64) }).then(
        () => 'opened' as const,
        ({ code, message }: { readonly code: string; readonly message: string }) => ({
          code,
          message,
        }),
      ),
    );
  }
  ends.push(opened);
}
parentPort?.postMessage(ends);
