import type { Attributes, Resource } from '#shared/access/index.ts';
import type { GateKey } from '../references.ts';
import type { FoundGate } from './found-gate.ts';

type Of<Type extends Resource['type']> = Extract<Resource, { readonly type: Type }>;

/** A gate as access is decided about it. */
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

/** The same of a gate that is not there, or not known to be. */
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

/** Its run, as access to fields is decided about it. */
export function runOfGate({
  key: { gate: _, ...key },
  gate,
  run,
  attributes,
}: FoundGate): Of<'Run'> {
  return { type: 'Run', ...key, attributes, stage: run?.stage ?? '', requester: gate.requester };
}
