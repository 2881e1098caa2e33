import { Duration } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DurationMs } from '#shared/kernel/index.ts';
import { QueueFunction, type QueueFunctionProps } from '../queue-function/queue-function.ts';

export interface AutomationStepProps extends Omit<QueueFunctionProps, 'timeout' | 'deadLetterQueue' | 'senders'> {
  /** How long the step's own code may run, as the flow declares it. */
  readonly stepTimeoutMs: DurationMs;
  /** The one queue in which the automation's undeliverable messages end. */
  readonly deadLetterQueue: IQueue;
  /** ARNs of the roles that may send to the step: its predecessors, its intake, the sweeper, itself. */
  readonly senders: readonly string[];
}

/** One step of an automation: a function, its role, its queue. */
export class AutomationStep extends Construct {
  constructor(scope: Construct, id: string, { stepTimeoutMs, ...props }: AutomationStepProps) {
    super(scope, id);
    new QueueFunction(this, 'Step', { ...props, timeout: functionTimeout(stepTimeoutMs) });
  }
}

/**
 * The step's time and one second, at most the 15 minutes of Lambda. The second is for what the engine does around the step;
 * it may not be longer, because the claim of an external step is held one second more, and must outlive the function.
 */
function functionTimeout(stepTimeoutMs: DurationMs): Duration {
  return Duration.seconds(Math.min(Math.floor(stepTimeoutMs / 1_000) + 1, 900));
}
