import type { Attributes } from '#shared/access/index.ts';
import { target, workspaceTarget } from '#shared/engine/index.ts';
import type { Metrics } from '#shared/kernel/index.ts';
import { type Document, type Ledger, READ_MAX_TARGETS } from '#shared/ledger/index.ts';
import { assertFound } from '../../framework/http/assert-found.ts';
import type { Call } from '../../framework/http/endpoint.ts';
import type { HttpPorts } from '../../framework/http/ports.ts';
import { readListed } from '../../framework/http/read-page.ts';
import { attributesOf, decisionOfDocument, gateOfDocument, runOfDocument } from '../documents.ts';
import { type GateKey, readGateReference } from '../references.ts';
import type { FoundGate } from './found-gate.ts';
import { gateResource, soughtGate } from './resources.ts';

/** Documents that are about a gate: its own, its decision, its run. */
const aboutGate = (key: GateKey) => [
  target.gate(key, key.gate),
  target.decision(key, key.gate),
  target.run(key),
];
const ABOUT_A_GATE = 3;
/** So many gates can be read at once. */
export const GATES_AT_ONCE = Math.floor(READ_MAX_TARGETS / ABOUT_A_GATE);

/**
 * Finds a gate for somebody who may see it, with everything about it in one read.
 *
 * @throws `request.not-found`: it is not there, or this person must not learn that it is.
 */
export async function seeGate(
  call: Pick<Call, 'requireVisible'>,
  { ledger, metrics }: Pick<HttpPorts, 'ledger' | 'metrics'>,
  reference: string,
): Promise<FoundGate> {
  const key = readGateReference(reference);
  const [workspace, ...documents] = await ledger.read([
    workspaceTarget(key.workspace),
    ...aboutGate(key),
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
 * Gates as they stand now, at most {@link GATES_AT_ONCE}. Those that are not there are left out,
 * and those about which a document is corrupt.
 */
export async function readGates(
  { ledger, metrics }: { readonly ledger: Pick<Ledger, 'read'>; readonly metrics: Metrics },
  keys: readonly GateKey[],
  attributes: Attributes,
): Promise<FoundGate[]> {
  const documents = await readListed({ ledger, metrics }, keys.flatMap(aboutGate));
  return keys.flatMap((key, i) => {
    const about = documents
      .slice(ABOUT_A_GATE * i, ABOUT_A_GATE * (i + 1))
      .filter((document) => document !== 'corrupt');
    return about.length < ABOUT_A_GATE ? [] : (gateOf(key, about, attributes, metrics) ?? []);
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
