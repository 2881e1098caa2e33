/** Public interface for tests of automations: `import { workbench } from 'writ/testing'`. */
export {
  type FakeVendor,
  fakeVendor,
  type ReceivedRequest,
  type VendorFault,
} from './fake-vendor.ts';
export {
  type GateDecision,
  type RunState,
  type TestBench,
  type WorkbenchOptions,
  workbench,
} from './workbench.ts';
