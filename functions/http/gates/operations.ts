import {
  type Approver,
  type DecisionRequest,
  decideGate,
  type EnginePorts,
  type OpenGate,
  openGates,
} from '#shared/engine/index.ts';

/** Operations on gates. Only this function may insert a decision. */
export interface GateOperations {
  /** Returns the open gates of a workspace, oldest first. */
  open(workspace: string): Promise<OpenGate[]>;
  decide(approver: Approver, request: DecisionRequest): Promise<void>;
}

export function connect(
  ports: Pick<EnginePorts, 'ledger' | 'clock' | 'log' | 'metrics'>,
): GateOperations {
  return {
    open: (workspace) => openGates(ports.ledger, workspace, ports.clock.now(), ports.metrics),
    decide: async (approver, request) => {
      await decideGate(ports, approver, request);
    },
  };
}
