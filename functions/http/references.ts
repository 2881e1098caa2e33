import * as z from 'zod/mini';
import {
  type GateKey,
  parseGateTarget,
  parseRunTarget,
  parseWorkspaceTarget,
  type RunKey,
} from '#shared/engine/index.ts';
import { NAME } from '#shared/kernel/index.ts';

const name = NAME.source.slice(1, -1);
const RUN = `${name}\\.${name}\\.[a-z0-9]{1,64}`;

/**
 * Id of a run in the API: `<workspace>.<automation>.<run id>`. Names contain no dots, so it can be
 * parsed unambiguously.
 */
export const RUN_REFERENCE = z.string().check(z.regex(new RegExp(`^${RUN}$`)));
/**
 * Id of a gate in the API: `<workspace>.<automation>.<run id>.<gate>`. Gates that the engine opens
 * itself have longer names than other gates: `supervise-` followed by the name of the step.
 */
export const GATE_REFERENCE = z
  .string()
  .check(z.regex(new RegExp(`^${RUN}\\.[a-z][a-z0-9-]{0,63}$`)));

export const runReference = ({ workspace, automation, run }: RunKey) =>
  `${workspace}.${automation}.${run}`;
export const gateReference = (key: GateKey) => `${runReference(key)}.${key.gate}`;

/** Parses a text that matches {@link RUN_REFERENCE}. */
export function readRunReference(text: string): RunKey {
  const { gate: _, ...run } = readGateReference(text);
  return run;
}

/** Parses a text that matches {@link GATE_REFERENCE}. */
export function readGateReference(text: string): GateKey {
  const [workspace = '', automation = '', run = '', gate = ''] = text.split('.');
  return { workspace, automation, run, gate };
}

/** Returns the run that a document key belongs to; undefined for keys of other documents. */
export const runOfTarget = parseRunTarget;

/** Returns the gate that a document key belongs to; undefined for keys of other documents. */
export const gateOfTarget = parseGateTarget;

/** Returns the workspace that a document key belongs to; undefined for keys of other documents. */
export const workspaceOfTarget = parseWorkspaceTarget;
