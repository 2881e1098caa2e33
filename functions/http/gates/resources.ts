import type { Attributes, Resource } from '#shared/access/index.ts';
import type { GateKey } from '#shared/engine/index.ts';
import type { FoundGate } from './found-gate.ts';

type Of<Type extends Resource['type']> = Extract<Resource, { readonly type: Type }>;

/** Returns the resource of a gate for access decisions. */
export function gateResource({ key, gate, run, attributes }: FoundGate): Of<'Gate'> {
  return {
    type: 'Gate',
    ...key,
    attributes,
    stage: run?.stage ?? '',
    requester: gate.requester,
    decidedBy: gate.decidedBy,
  };
}

/** Returns the resource of a gate that does not exist, or whose existence is unknown. */
export function soughtGate(key: GateKey, attributes: Attributes | undefined): Of<'Gate'> {
  return {
    type: 'Gate',
    ...key,
    attributes: attributes ?? {},
    stage: '',
    requester: '',
    decidedBy: '',
  };
}

/** Returns the resource of the gate's run, for access decisions about fields. */
export function runOfGate({
  key: { gate: _, ...key },
  gate,
  run,
  attributes,
}: FoundGate): Of<'Run'> {
  return { type: 'Run', ...key, attributes, stage: run?.stage ?? '', requester: gate.requester };
}
