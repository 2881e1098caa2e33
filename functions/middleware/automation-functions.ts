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
import { type Connectable, type SqsHandler, sqsFunction } from './sqs-function.ts';

/** The function of one step. */
export function stepFunction(flow: Flow, step: string): Connectable<SqsHandler> {
  return sqsFunction(`${flow.name}.${step}`, (ports, message, receives) => deliverStep(ports, flow, step, message, receives));
}

/** A start from uploaded bytes. */
export interface Upload extends Omit<StartRequest, 'input'> {
  readonly bytes: Uint8Array;
}

/** Starts runs of an automation, and takes them on when a gate is settled. */
export interface IntakeFunction extends Connectable<SqsHandler> {
  /** Reads the bytes, records a refusal when they are not acceptable, starts the run when they are. */
  starter(ports: EnginePorts): (upload: Upload) => Promise<Started>;
}

/** @param read - The automation's `intake.ts`: from the uploaded bytes to input fields, or a refusal. */
export function intakeFunction(flow: Flow, read: (bytes: Uint8Array) => Readonly<Record<string, unknown>>): IntakeFunction {
  return {
    ...sqsFunction(`${flow.name}.intake`, (ports, message, receives) => continueRun(ports, flow, message, receives)),
    starter:
      (ports) =>
      async ({ bytes, ...request }) => {
        assertClientWorkspace(request.workspace); // before anything of the upload is written down
        let input: Readonly<Record<string, unknown>>;
        try {
          input = read(bytes);
        } catch (error) {
          if (!isWritError(error) || error.fate !== 'refuse') throw error; // it failed, and refused nothing
          await recordRefusedStart(ports, flow, request, error.code, error.message);
          throw error;
        }
        return startRun(ports, flow, { ...request, input });
      },
  };
}

/** Parks runs whose messages could not be delivered. */
export function deadLetterFunction(flow: Flow): Connectable<SqsHandler> {
  return sqsFunction(`${flow.name}.dead`, (ports, message) => parkUndelivered(ports, flow, message));
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

function scheduled(counts: MetricName, look: (ports: EnginePorts) => Promise<number>): Connectable<ScheduledHandler> {
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
