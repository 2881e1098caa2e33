/** Workflow engine: a pure state machine, and the code that loads runs, runs steps and commits. */

export { assertClientWorkspace, isReservedWorkspace } from './client-workspace.ts';
export { continueRun } from './continue-run.ts';
export { createWorkspace } from './create-workspace.ts';
export {
  type Approver,
  type DecisionRequest,
  decideGate,
  type OpenGate,
  openGates,
} from './decide-gate.ts';
export { decisionProblem, doubtfulEntries, type EvidenceDocument } from './decision-evidence.ts';
export { deliverStep } from './deliver-step.ts';
export {
  type BalanceBody,
  type ClaimBody,
  type DecisionBody,
  engineIndexKeys,
  type GateBody,
  type GateKey,
  gateTargetId,
  list,
  parseGateTarget,
  parseRunTarget,
  parseWorkspaceTarget,
  type ReservationBody,
  ROLLOUTS,
  type Rollout,
  type Run,
  type RunKey,
  rolloutOf,
  runOf,
  runTargetId,
  type SealedBody,
  type StepWait,
  target,
  WORKSPACES,
  type WorkspaceBody,
  workspaceTarget,
} from './documents/index.ts';
export {
  AuthorityError,
  DecisionRefusedError,
  StartConflictError,
  StepResultError,
  StepTimeoutError,
  VendorRefusedError,
  VendorUnresolvedError,
} from './errors.ts';
export { countWithheld, type GateView, viewDigest } from './gate-view.ts';
export { importRecords } from './import-records.ts';
export { type KeyName, KeyRing } from './key-ring.ts';
export {
  type Event,
  type Transition,
  transition,
} from './machine.ts';
export { participantChange, participantRole, participantTarget } from './participants.ts';
export {
  type EnginePorts,
  requestHash,
  responseHash,
  type VendorCallOptions,
  type VendorGateway,
  type VendorKind,
  type VendorOutcome,
  type VendorRequest,
} from './ports.ts';
export { reservingSteps } from './reservations.ts';
export { SHORT } from './run-walk.ts';
export { SealedDocument } from './sealed-document.ts';
export { seedRollout } from './seed-rollout.ts';
export type { Situation } from './situation.ts';
export { recordRefusedStart, type StartRequest, type StartResult, startRun } from './start-run.ts';
export { fullJitter } from './step-failure.ts';
export { workspaceSecret } from './subjects.ts';
export { fireTimers, parkUndelivered, sweep } from './sweeps-and-timers.ts';
