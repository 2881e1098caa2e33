import type { Attributes } from '#shared/access/index.ts';
import { type GateKey, target, workspaceTarget } from '#shared/engine/index.ts';
import type { Metrics } from '#shared/kernel/index.ts';
import { type Document, type Ledger, READ_MAX_TARGETS } from '#shared/ledger/index.ts';
import { assertFound } from '../../framework/http/assert-found.ts';
import type { Call } from '../../framework/http/endpoint.ts';
import type { HttpPorts } from '../../framework/http/ports.ts';
import { readListed } from '../../framework/http/read-page.ts';
import { attributesOf, decisionOfDocument, gateOfDocument, runOfDocument } from '../documents.ts';
import { readGateReference } from '../references.ts';
import type { FoundGate } from './found-gate.ts';
import { gateResource, soughtGate } from './resources.ts';

/** Returns the keys of a gate's documents: the gate, its decision and its run. */
const documentsOf = (key: GateKey) => [
  target.gate(key, key.gate),
  target.decision(key, key.gate),
  target.run(key),
];
const DOCUMENTS_PER_GATE = 3;
/** Maximum number of gates in one read. */
export const GATES_AT_ONCE = Math.floor(READ_MAX_TARGETS / DOCUMENTS_PER_GATE);

/**
 * Reads a gate and its documents in one read, and requires that the caller can see the gate.
 *
 * @throws `request.not-found` when the gate does not exist or the caller must not learn that it
 *   does.
 */
export async function requireGate(
  call: Pick<Call, 'requireVisible'>,
  { ledger, metrics }: Pick<HttpPorts, 'ledger' | 'metrics'>,
  reference: string,
): Promise<FoundGate> {
  const key = readGateReference(reference);
  const [workspace, ...documents] = await ledger.read([
    workspaceTarget(key.workspace),
    ...documentsOf(key),
  ]);

  const attributes = attributesOf(workspace, metrics);
  const found = attributes === undefined ? undefined : gateOf(key, documents, attributes, metrics);

  call.requireVisible(
    'gate.read',
    found === undefined ? undefined : gateResource(found),
    soughtGate(key, attributes),
  );

  return assertFound(found);
}

/**
 * Reads the current version of at most {@link GATES_AT_ONCE} gates. Missing gates and gates with a
 * damaged document are left out.
 */
export async function readGates(
  { ledger, metrics }: { readonly ledger: Pick<Ledger, 'read'>; readonly metrics: Metrics },
  keys: readonly GateKey[],
  attributes: Attributes,
): Promise<FoundGate[]> {
  const documents = await readListed({ ledger, metrics }, keys.flatMap(documentsOf));
  return keys.flatMap((key, i) => {
    const intact = documents
      .slice(DOCUMENTS_PER_GATE * i, DOCUMENTS_PER_GATE * (i + 1))
      .filter((document) => document !== 'corrupt');
    if (intact.length < DOCUMENTS_PER_GATE) return [];

    return gateOf(key, intact, attributes, metrics) ?? [];
  });
}

function gateOf(
  key: GateKey,
  [document, decision, run]: readonly (Document | undefined)[],
  attributes: Attributes,
  metrics: Metrics,
): FoundGate | undefined {
  const gate = gateOfDocument(document, metrics);
  if (document === undefined || gate === undefined) return undefined;

  return {
    key,
    gate,
    rev: document.rev,
    document,
    run: runOfDocument(run, metrics),
    decision: decisionOfDocument(decision, metrics),
    attributes,
  };
}
