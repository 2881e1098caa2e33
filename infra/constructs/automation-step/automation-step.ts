import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { DurationMs } from '#shared/kernel/index.ts';
import { QueueFunction, type QueueFunctionProps } from '../queue-function/queue-function.ts';

export interface AutomationStepProps extends Omit<QueueFunctionProps, 'timeout'> {
  /** How long the step's own code may run, as the flow declares it. */
  readonly stepTimeoutMs: DurationMs;
}

/**
 * One step of an automation: a function, its role and log group, its queue and dead-letter queue
 * with their policies, and the alarms on them. Nothing of it is shared with another step.
 */
export class AutomationStep extends QueueFunction {
  constructor(scope: Construct, id: string, { stepTimeoutMs, ...props }: AutomationStepProps) {
    super(scope, id, { ...props, timeout: functionTimeout(stepTimeoutMs) });
  }
}

/**
 * The step's time and one second, at most the 15 minutes of Lambda. The second is for what the
 * engine does around the step; it may not be longer, because the claim of an external step is held
 * one second more, and must outlive the function.
 */
function functionTimeout(stepTimeoutMs: DurationMs): Duration {
  return Duration.seconds(Math.min(Math.floor(stepTimeoutMs / 1_000) + 1, 900));
}
