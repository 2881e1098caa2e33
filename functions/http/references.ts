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
 * What the API calls a run: `<workspace>.<automation>.<run id>`. Names hold no dots, so it is read
 * back without doubt.
 */
export const RUN_REFERENCE = z.string().check(z.regex(new RegExp(`^${RUN}$`)));
/**
 * What the API calls a gate of a run: `<workspace>.<automation>.<run id>.<gate>`. Gates that the
 * engine opens by itself have longer names than others: `supervise-` and the step's.
 */
export const GATE_REFERENCE = z
  .string()
  .check(z.regex(new RegExp(`^${RUN}\\.[a-z][a-z0-9-]{0,63}$`)));

export const runReference = ({ workspace, automation, run }: RunKey) =>
  `${workspace}.${automation}.${run}`;
export const gateReference = (key: GateKey) => `${runReference(key)}.${key.gate}`;

/** The run that a text of the form {@link RUN_REFERENCE} means. */
export function readRunReference(text: string): RunKey {
  const { gate: _, ...run } = readGateReference(text);
  return run;
}

/** The gate that a text of the form {@link GATE_REFERENCE} means. */
export function readGateReference(text: string): GateKey {
  const [workspace = '', automation = '', run = '', gate = ''] = text.split('.');
  return { workspace, automation, run, gate };
}

/** The run whose document this is the key of; undefined for any other document. */
export const runOfTarget = parseRunTarget;

/** The gate whose document this is the key of; undefined for any other document. */
export const gateOfTarget = parseGateTarget;

/** The workspace whose document this is the key of; undefined for any other document. */
export const workspaceOfTarget = parseWorkspaceTarget;
