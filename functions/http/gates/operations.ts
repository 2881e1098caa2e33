import {
  type Approver,
  type Decide,
  decideGate,
  type EnginePorts,
  type OpenGate,
  openGates,
} from '#shared/engine/index.ts';

/** What can be done with gates. The only function that may insert a decision. */
export interface GateOperations {
  /** Gates of a workspace that wait for somebody, oldest first. */
  open(workspace: string): Promise<OpenGate[]>;
  decide(approver: Approver, request: Decide): Promise<void>;
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
