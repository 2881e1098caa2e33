import type { Flow } from '#shared/automation/index.ts';
import {
  assertClientWorkspace,
  continueRun,
  deliverStep,
  type EnginePorts,
  fireTimers,
  parkUndelivered,
  recordRefusedStart,
  type Started,
  type StartRequest,
  startRun,
  sweep,
} from '#shared/engine/index.ts';
import { isWritError, type MetricName } from '#shared/kernel/index.ts';
import { type Input, type ReadUpload, readUpload } from './read-upload.ts';
import { type Connectable, type SqsHandler, sqsFunction } from './sqs-function.ts';

/** The function of one step. */
export function stepFunction(flow: Flow, step: string): Connectable<SqsHandler> {
  return sqsFunction(`${flow.name}.${step}`, (ports, message, receives) =>
    deliverStep(ports, flow, step, message, receives),
  );
}

/** A start from uploaded bytes. */
export interface Upload extends Omit<StartRequest, 'input'> {
  readonly bytes: Uint8Array;
}

/** Starts runs of an automation, and takes them on when a gate is settled. */
export interface IntakeFunction extends Connectable<SqsHandler> {
  readonly read: ReadUpload;
  /**
   * Reads the bytes, records a refusal when they are not acceptable, starts the run when they are.
   *
   * @param reading - Reads in place of `read`: the same, elsewhere.
   */
  starter(ports: EnginePorts, reading?: ReadUpload): (upload: Upload) => Promise<Started>;
}

export function intakeFunction(flow: Flow, read: ReadUpload): IntakeFunction {
  const here: ReadUpload = async (bytes) => (await readUpload(read, bytes)).input;
  return {
    read,
    ...sqsFunction(`${flow.name}.intake`, (ports, message, receives) =>
      continueRun(ports, flow, message, receives),
    ),
    starter:
      (ports, reading = here) =>
      async ({ bytes, ...request }) => {
        assertClientWorkspace(request.workspace); // before anything of the upload is written down

        let input: Input;
        try {
          input = await reading(bytes);
        } catch (error) {
          // it failed, and refused nothing
          if (!isWritError(error) || error.fate !== 'refuse') throw error;
          await recordRefusedStart(ports, flow, request, error.code, error.message);
          throw error;
        }

        return startRun(ports, flow, { ...request, input });
      },
  };
}

/** Parks runs whose messages could not be delivered. */
export function deadLetterFunction(flow: Flow): Connectable<SqsHandler> {
  return sqsFunction(`${flow.name}.dead`, (ports, message) =>
    parkUndelivered(ports, flow, message),
  );
}

/** A function that a schedule calls. */
export type ScheduledHandler = () => Promise<{ readonly found: number }>;

/** Sends word again where it may have been lost. */
export function sweeperFunction(flow: Flow): Connectable<ScheduledHandler> {
  return scheduled('Swept', (ports) => sweep(ports, flow));
}

/** Fires the timers that are due. */
export function timersFunction(flow: Flow): Connectable<ScheduledHandler> {
  return scheduled('TimersFired', (ports) => fireTimers(ports, flow));
}

function scheduled(
  counts: MetricName,
  look: (ports: EnginePorts) => Promise<number>,
): Connectable<ScheduledHandler> {
  return {
    connect: (ports) => async () => {
      try {
        const found = await look(ports);
        if (found > 0) ports.metrics.add(counts, found);
        return { found };
      } finally {
        ports.metrics.flush();
      }
    },
  };
}
