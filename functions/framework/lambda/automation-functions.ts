import type { Flow } from '#shared/automation/index.ts';
import {
  assertClientWorkspace,
  continueRun,
  deliverStep,
  type EnginePorts,
  fireTimers,
  parkUndelivered,
  recordRefusedStart,
  type StartRequest,
  type StartResult,
  startRun,
  sweep,
} from '#shared/engine/index.ts';
import { isWritError, type MetricName } from '#shared/kernel/index.ts';
import { type Input, type ReadUpload, readUpload } from './read-upload.ts';
import { type Connectable, type SqsHandler, sqsFunction } from './sqs-function.ts';

/** Creates the function of one step. */
export function stepFunction(flow: Flow, step: string): Connectable<SqsHandler> {
  return sqsFunction(`${flow.name}.${step}`, (ports, message, receives) =>
    deliverStep({ ports, flow, message, receives }, step),
  );
}

/** Start of a run from uploaded bytes. */
export interface Upload extends Omit<StartRequest, 'input'> {
  readonly bytes: Uint8Array;
}

/** Function that starts runs of an automation, and continues them after a decision at a gate. */
export interface IntakeFunction extends Connectable<SqsHandler> {
  readonly read: ReadUpload;
  /**
   * Reads the upload, then starts the run. Records the refusal of an unacceptable upload.
   *
   * @param reader - Replaces `read`, so that uploads can be read elsewhere.
   */
  starter(ports: EnginePorts, reader?: ReadUpload): (upload: Upload) => Promise<StartResult>;
}

export function intakeFunction(flow: Flow, read: ReadUpload): IntakeFunction {
  const readHere: ReadUpload = async (bytes) => (await readUpload(read, bytes)).input;
  return {
    read,
    ...sqsFunction(`${flow.name}.intake`, (ports, message, receives) =>
      continueRun({ ports, flow, message, receives }),
    ),
    starter:
      (ports, reader = readHere) =>
      async ({ bytes, ...request }) => {
        assertClientWorkspace(request.workspace); // before any part of the upload is stored

        let input: Input;
        try {
          input = await reader(bytes);
        } catch (error) {
          // A failure of the reader is not a refusal.
          if (!isWritError(error) || error.fate !== 'refuse') throw error;
          const { code, message: reason } = error;
          await recordRefusedStart(ports, { flow, request, code, reason });
          throw error;
        }

        return startRun(ports, flow, { ...request, input });
      },
  };
}

/** Creates the function that parks runs whose messages could not be delivered. */
export function deadLetterFunction(flow: Flow): Connectable<SqsHandler> {
  return sqsFunction(`${flow.name}.dead`, (ports, message) =>
    parkUndelivered(ports, flow, message),
  );
}

/** Handler of a scheduled function. */
export type ScheduledHandler = () => Promise<{ readonly found: number }>;

/** Creates the function that resends messages that may be lost. */
export function sweeperFunction(flow: Flow): Connectable<ScheduledHandler> {
  return scheduled('Swept', (ports) => sweep(ports, flow));
}

/** Creates the function that fires due timers. */
export function timersFunction(flow: Flow): Connectable<ScheduledHandler> {
  return scheduled('TimersFired', (ports) => fireTimers(ports, flow));
}

function scheduled(
  metric: MetricName,
  work: (ports: EnginePorts) => Promise<number>,
): Connectable<ScheduledHandler> {
  return {
    connect: (ports) => async () => {
      try {
        const found = await work(ports);
        if (found > 0) ports.metrics.add(metric, found);
        return { found };
      } finally {
        ports.metrics.flush();
      }
    },
  };
}
