/**
 * Declares automations. One declaration defines the types, the run-time checks and the cloud roles.
 */
export {
  Automation,
  type AutomationDeclaration,
  automation,
} from './automation.ts';
export {
  type AutomationDescription,
  describeFlow,
  type FieldDescription,
  type GateDescription,
  type RuleDescription,
  type StepDescription,
} from './describe.ts';
export { DeclarationError } from './errors.ts';
export { canBeLeftOut, type Fact, type Field, open, type Setting, sensitive } from './fields.ts';
export type { Flow } from './finished-flow.ts';
export {
  everyNode,
  type FlowBuilder,
  type Gate,
  type Node,
  type RetryPolicy,
  type Role,
  role,
  type WhenNode,
} from './flow.ts';
export type { FlowGraph, FlowPoint, FlowTarget, WhenPoint } from './graph/flow-graph.ts';
export { type PathFacts, pathFacts } from './graph/path-facts.ts';
export { pathTo } from './graph/path-to.ts';
export { afterIntake, afterStep, type Reach } from './graph/reach.ts';
export type { Balance, Collection, Records } from './records.ts';
export { decide, inWords, type Rule, type RuleOutcome } from './rule.ts';
export {
  type Authority,
  type Effect,
  RESERVATIONS_MAX,
  type RecordBalances,
  type RecordReader,
  type RecordRegister,
  type ReservationResult,
  type Step,
  type StepContext,
  type VendorClient,
} from './step.ts';
export { SUPERVISE, superviseGate, supervisionShows } from './supervision.ts';
