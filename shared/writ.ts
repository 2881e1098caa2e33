/**
 * The public interface for authors of automations and vendors: `import { automation } from 'writ'`.
 *
 * Tests of an automation also need `writ/testing`. Everything else in this repository is internal
 * and changes without notice.
 */
export {
  type Automation,
  type AutomationDeclaration,
  automation,
} from './automation/automation.ts';
export type { DeclarationError } from './automation/errors.ts';
export { type Fact, type Field, open, type Setting, sensitive } from './automation/fields.ts';
export type { Flow } from './automation/finished-flow.ts';
export {
  type FlowBuilder,
  type Gate,
  type RetryPolicy,
  type Role,
  role,
  type StepOptions,
} from './automation/flow.ts';
export type { Balance, Collection } from './automation/records.ts';
export type { Rule } from './automation/rule.ts';
export {
  type Effect,
  RESERVATIONS_MAX,
  type RecordBalances,
  type RecordReader,
  type RecordRegister,
  type ReservationResult,
  type Step,
  type StepContext,
  type VendorClient,
} from './automation/step.ts';
export type { VendorKind } from './engine/ports.ts';
export { DAY, type DurationMs, days, hours, minutes, seconds } from './kernel/clock.ts';
export { confusableSkeleton } from './kernel/confusables.ts';
export { formatMoney, minorDigitsOf } from './kernel/currency.ts';
export type { DataClass } from './kernel/data-class.ts';
export type { ErrorCode, ForeignErrorCode } from './kernel/error-codes.ts';
export {
  DefectError,
  type ErrorFacts,
  type Fate,
  InvalidInputError,
  isWritError,
  type WritError,
} from './kernel/errors.ts';
export { type Json, parseJson } from './kernel/json.ts';
export { omitUndefined } from './kernel/omit-undefined.ts';
export { stripInvisible } from './kernel/visible-text.ts';
export { type Vendor, type VendorDeclaration, vendor } from './vendors/vendor.ts';
