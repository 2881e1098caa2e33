import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { DurationMs } from '#shared/kernel/index.ts';
import { QueueFunction, type QueueFunctionProps } from '../queue-function/queue-function.ts';

export interface AutomationStepProps extends Omit<QueueFunctionProps, 'timeout'> {
  /** Timeout of the step's own code, as the flow declares it. */
  readonly stepTimeoutMs: DurationMs;
}

/**
 * One step of an automation: a function, its role and log group, its queue and dead-letter queue
 * with their policies, and the alarms on them. Steps do not share these resources.
 */
export class AutomationStep extends QueueFunction {
  constructor(scope: Construct, id: string, { stepTimeoutMs, ...props }: AutomationStepProps) {
    super(scope, id, { ...props, timeout: functionTimeout(stepTimeoutMs) });
  }
}

/**
 * Returns the step's timeout plus one second for the engine, up to Lambda's limit of 15 minutes.
 * More than one second is not possible: the claim of an external step is held only one second
 * longer, and must outlive the function.
 */
function functionTimeout(stepTimeoutMs: DurationMs): Duration {
  return Duration.seconds(Math.min(Math.floor(stepTimeoutMs / 1_000) + 1, 900));
}
