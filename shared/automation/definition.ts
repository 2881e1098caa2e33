import { createHash } from 'node:crypto';
import { toJSONSchema } from 'zod/v4/core';
import { canonicalJson, type Json } from '#shared/kernel/index.ts';
import { canBeLeftOut, type Field } from './fields.ts';
import type { Flow } from './finished-flow.ts';
import type { Node } from './flow.ts';
import type { Authority } from './step.ts';

/**
 * Returns the SHA-256 of the whole declaration, in hex: fields with class and schema, authority of
 * every step, rules with their settings, gates, and order. Code is not included, because every
 * audit entry names the hash of the bundle.
 */
export function definitionHash(flow: Omit<Flow, 'definition'>): string {
  const definition = {
    name: flow.name,
    version: flow.version,
    purpose: flow.purpose,
    subjects: flow.subjects,
    fields: describeFields(flow.fields),
    records: Object.fromEntries(
      Object.entries(flow.records).map(([name, { of, fields, balances }]) => [
        name,
        // without balances, uses the form from before balances existed, so that existing hashes do
        // not change
        {
          of,
          fields: describeFields(fields),
          balances: Object.keys(balances).length === 0 ? undefined : { ...balances },
        },
      ]),
    ),
    supervisedBy: flow.supervisedBy.role,
    nodes: flow.nodes.map(describeNode),
  };
  return createHash('sha256')
    .update(canonicalJson(definition as Json))
    .digest('hex');
}

function describeFields(fields: Readonly<Record<string, Field>>): Json {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      // as text, because a schema may contain fractions
      const schema = JSON.stringify(
        toJSONSchema(field.schema, { unrepresentable: 'any', io: 'output' }),
      );
      // `optional` is separate, because the JSON schema does not show whether a value may be absent
      return [name, { class: field.class, of: field.of, optional: canBeLeftOut(field), schema }];
    }),
  );
}

function describeNode(node: Node): Json {
  switch (node.kind) {
    case 'stage':
      return { stage: node.name };
    case 'step':
      return {
        step: node.step.name,
        authority: describeAuthority(node.step.authority),
        retry: { ...node.retry },
        timeoutMs: node.timeoutMs,
      };
    case 'gate': {
      const { name, when, decidedBy, shows, expiresMs } = node.gate;
      return {
        gate: name,
        when: when.map(describeRule),
        decidedBy: decidedBy.role,
        shows: [...shows],
        expiresMs,
        rejected: node.rejected.map(describeNode),
      };
    }
    case 'when':
      return {
        when: describeRule(node.rule),
        whenHit: node.whenHit.map(describeNode),
        otherwise: node.otherwise.map(describeNode),
      };
  }
}

/** Leaves out empty reservations, so that hashes from before reservations existed do not change. */
function describeAuthority({ reserves, draws, ...authority }: Authority): Json {
  return {
    ...(authority as unknown as { readonly [name: string]: Json }),
    reserves: reserves.length === 0 ? undefined : [...reserves],
    draws: draws.length === 0 ? undefined : [...draws],
  };
}

function describeRule({
  name,
  reads,
  settings,
  says,
}: Extract<Node, { kind: 'when' }>['rule']): Json {
  return { rule: name, reads: [...reads], settings, says };
}
